package org.realize.sync.port;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
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

  /** Times so close to the hashing may hide a later change. */
  public static final long RACY_NANOS = 2_000_000_000L;

  /** True if a file that still has this stat is the one that was hashed. */
  public boolean isCertain() {
    return stat != null && !racy(stat.mtime()) && !racy(FileTime.ofNanos(stat.ctimeNanos()));
  }

  private boolean racy(FileTime time) {
    return time.isWithin(RACY_NANOS, FileTime.ofNanos(hashedAtNanos));
  }
}
