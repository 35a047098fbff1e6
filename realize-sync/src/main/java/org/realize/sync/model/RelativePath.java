package org.realize.sync.model;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A path inside an arena: {@code /}-separated parts in UTF-8, no empty, {@code .} or {@code ..}
 * part, no NUL, at most {@value #MAX_PART_BYTES} bytes a part and {@value #MAX_PATH_BYTES} bytes in
 * all. The root is the empty path. Everything else is allowed, {@code :} (#colon) and {@code \}
 * included. Ordered by UTF-16 code units, a parent before what is below it.
 */
public final class RelativePath implements Comparable<RelativePath> {

  public static final int MAX_PART_BYTES = 255;
  public static final int MAX_PATH_BYTES = 4096;

  /** The arena's root directory. */
  public static final RelativePath ROOT = new RelativePath("");

  private final String value;

  private RelativePath(String value) {
    this.value = value;
  }

  /**
   * Parses {@code value}; throws {@link IllegalArgumentException} that says which rule it breaks.
   */
  public static RelativePath of(String value) {
    Objects.requireNonNull(value, "value");
    if (value.isEmpty()) {
      return ROOT;
    }
    if (utf8Length(value) > MAX_PATH_BYTES) {
      throw new IllegalArgumentException("path longer than " + MAX_PATH_BYTES + " bytes");
    }
    int start = 0;
    while (start <= value.length()) {
      int end = value.indexOf('/', start);
      if (end < 0) {
        end = value.length();
      }
      checkPart(value.substring(start, end), value);
      start = end + 1;
    }
    return new RelativePath(value);
  }

  private static void checkPart(String part, String whole) {
    if (part.isEmpty()) {
      throw new IllegalArgumentException("path with an empty part: '" + whole + "'");
    }
    if (part.equals(".") || part.equals("..")) {
      throw new IllegalArgumentException("path with a part '" + part + "': '" + whole + "'");
    }
    if (part.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("path with a NUL: '" + whole.replace('\0', '?') + "'");
    }
    if (utf8Length(part) > MAX_PART_BYTES) {
      throw new IllegalArgumentException(
          "part longer than " + MAX_PART_BYTES + " bytes: '" + whole + "'");
    }
  }

  /** Length in UTF-8 bytes; unpaired surrogates cannot be written in UTF-8 and are refused. */
  private static int utf8Length(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        bytes += 1;
      } else if (c < 0x800) {
        bytes += 2;
      } else if (!Character.isSurrogate(c)) {
        bytes += 3;
      } else if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        bytes += 4;
        i++;
      } else {
        throw new IllegalArgumentException("path with an unpaired surrogate");
      }
    }
    return bytes;
  }

  public boolean isRoot() {
    return value.isEmpty();
  }

  /** The last part; the empty string for the root. */
  public String name() {
    return value.substring(value.lastIndexOf('/') + 1);
  }

  /** The directory that holds this path; empty for the root. */
  public Optional<RelativePath> parent() {
    if (isRoot()) {
      return Optional.empty();
    }
    int slash = value.lastIndexOf('/');
    return Optional.of(slash < 0 ? ROOT : new RelativePath(value.substring(0, slash)));
  }

  /**
   * This path's child {@code name}; throws {@link IllegalArgumentException} when it is no valid
   * part.
   */
  public RelativePath child(String name) {
    checkPart(name, name);
    if (name.indexOf('/') >= 0) {
      throw new IllegalArgumentException("name with a '/': '" + name + "'");
    }
    String joined = isRoot() ? name : value + "/" + name;
    if (utf8Length(joined) > MAX_PATH_BYTES) {
      throw new IllegalArgumentException("path longer than " + MAX_PATH_BYTES + " bytes");
    }
    return new RelativePath(joined);
  }

  /** The parts from the root down; empty for the root. */
  public List<String> parts() {
    return isRoot() ? List.of() : Arrays.asList(value.split("/"));
  }

  /** True if {@code other} is this path or lies below it. */
  public boolean contains(RelativePath other) {
    return isRoot()
        || other.value.equals(value)
        || (other.value.length() > value.length()
            && other.value.charAt(value.length()) == '/'
            && other.value.startsWith(value));
  }

  /** The UTF-8 bytes, as they travel and as the kernel sees them. */
  public byte[] utf8() {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public int compareTo(RelativePath other) {
    return value.compareTo(other.value);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RelativePath that && value.equals(that.value);
  }

  @Override
  public int hashCode() {
    return value.hashCode();
  }

  @Override
  public String toString() {
    return value;
  }
}
