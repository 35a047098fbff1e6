package org.realize.sync.model;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One content of one path, with the vector that orders it among the others.
 *
 * @param basis hash of the file content it replaced, if any: of two concurrent versions the one
 *     whose basis is the other's hash wins
 * @param from the path it was renamed or linked from, a hint for reusing bytes
 * @param found first seen by a scan of a root that had no index
 */
public record Version(
    Content content,
    VersionVector vector,
    @Nullable ContentHash basis,
    @Nullable RelativePath from,
    boolean found) {

  public Version {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(vector, "vector");
  }

  public static Version of(Content content, VersionVector vector) {
    return new Version(content, vector, null, null, false);
  }

  public Version withVector(VersionVector other) {
    return new Version(content, other, basis, from, found);
  }

  public boolean isTombstone() {
    return content.isAbsent();
  }
}
