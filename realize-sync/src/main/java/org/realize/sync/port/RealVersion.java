package org.realize.sync.port;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Version;

/**
 * The version that is on this peer's disk at a path, and the stat that it was hashed under.
 *
 * @param stat null where nothing is on disk any more (the version is then a tombstone)
 * @param hashedAtNanos wall time of the stat; times within 2 s of it count as unhashed
 */
public record RealVersion(Version version, @Nullable FileStat stat, long hashedAtNanos) {
  public RealVersion {
    Objects.requireNonNull(version, "version");
  }
}
