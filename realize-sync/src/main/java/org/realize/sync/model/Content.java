package org.realize.sync.model;

import java.util.Objects;

/**
 * The thing at a path in one version: a regular file, a directory, a symbolic link, or nothing. Two
 * contents are the same exactly when they are equal: kind and hash decide, and hash covers size.
 */
public sealed interface Content {

  /** Bytes of a regular file: its hash-tree root and its length in bytes. */
  record File(ContentHash hash, long sizeBytes) implements Content {
    public File {
      Objects.requireNonNull(hash, "hash");
      if (sizeBytes < 0) {
        throw new IllegalArgumentException("size " + sizeBytes + " below 0");
      }
    }
  }

  /** A directory; what is in it has versions of its own. */
  record Directory() implements Content {}

  /** A symbolic link as text, never followed: at most 4,096 bytes of UTF-8. */
  record Link(String target) implements Content {
    public Link {
      if (target.isEmpty() || target.indexOf('\0') >= 0) {
        throw new IllegalArgumentException("link target empty or with a NUL");
      }
    }
  }

  /** The content of a removed path. A version with this content is a tombstone. */
  record Absent() implements Content {}

  default boolean isAbsent() {
    return this instanceof Absent;
  }
}
