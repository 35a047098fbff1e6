package org.realize.sync.model;

import java.util.Objects;

/**
 * The name of a tree of files that peers share, {@code photos/trips} for example. It follows the
 * rules of a {@link RelativePath} that is not the root, because it is also a directory of the
 * mount.
 */
public record ArenaName(String value) implements Comparable<ArenaName> {

  /** Throws {@link IllegalArgumentException} when {@code value} is not a valid, non-empty path. */
  public ArenaName {
    Objects.requireNonNull(value, "value");
    if (value.isEmpty()) {
      throw new IllegalArgumentException("an arena name is not empty");
    }
    RelativePath.of(value);
  }

  /** The arena's directory below the mount. */
  public RelativePath path() {
    return RelativePath.of(value);
  }

  /** True if one of the two would lie inside the other in the mount, or if they are equal. */
  public boolean overlaps(ArenaName other) {
    return value.equals(other.value)
        || value.startsWith(other.value + "/")
        || other.value.startsWith(value + "/");
  }

  @Override
  public int compareTo(ArenaName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
