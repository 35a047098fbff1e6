package org.realize.sync.port;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Version;

/**
 * The version that is on this peer's disk at a path, and the stat that it was hashed under.
 *
 * @param stat null where nothing is on disk any more (the version is then a tombstone)
 * @param hashedAtNanos wall time of the stat; times within 2 s of it count as unhashed; {@link
 *     #CARRIED} for a hash that was taken along without reading
 * @param isLatched the mount has shown something newer at the path, and shows this version no more
 *     while something else is the shown one
 */
public record RealVersion(
    Version version, @Nullable FileStat stat, long hashedAtNanos, boolean isLatched) {
  public RealVersion {
    Objects.requireNonNull(version, "version");
  }

  /** A version that the mount may show. */
  public RealVersion(Version version, @Nullable FileStat stat, long hashedAtNanos) {
    this(version, stat, hashedAtNanos, false);
  }

  /** Times so close to the hashing may hide a later change. */
  public static final long RACY_NANOS = 2_000_000_000L;

  /**
   * In place of a time: the hash was taken along under a new name, mode or number of links. It is
   * served, and proves nothing until the file is hashed again.
   */
  public static final long CARRIED = Long.MIN_VALUE;

  /** True if the hash was taken along and the file not read since. */
  public boolean isCarried() {
    return hashedAtNanos == CARRIED;
  }

  /** True if a file that still has this stat is the one that was hashed. */
  public boolean isCertain() {
    return stat != null
        && !isCarried()
        && !racy(stat.mtime())
        && !racy(FileTime.ofNanos(stat.ctimeNanos()));
  }

  /** The same version under the same stat, which proves nothing until the file is hashed again. */
  public RealVersion unproven() {
    return stat == null ? this : new RealVersion(version, stat, stat.ctimeNanos(), isLatched);
  }

  /** The same version under {@code other}. */
  public RealVersion withStat(FileStat other, long otherHashedAtNanos) {
    return new RealVersion(version, other, otherHashedAtNanos, isLatched);
  }

  /** The same version, which the mount has ceased to show. */
  public RealVersion latched() {
    return new RealVersion(version, stat, hashedAtNanos, true);
  }

  private boolean racy(FileTime time) {
    return time.isWithin(RACY_NANOS, FileTime.ofNanos(hashedAtNanos));
  }
}
