package org.realize.nima.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;

/**
 * The conflicts that an order is about.
 *
 * @param count how many there are, or were before they were resolved
 * @param conflicts the first {@link #MAX_CONFLICTS} of them
 */
public record ConflictReport(long count, List<PathConflict> conflicts) {

  public static final int MAX_CONFLICTS = 1_000;

  public ConflictReport {
    conflicts = List.copyOf(conflicts);
  }

  /** One path and its current versions, the shown one first. */
  public record PathConflict(ArenaName arena, RelativePath path, List<CurrentVersion> versions) {
    public PathConflict {
      versions = List.copyOf(versions);
    }
  }

  /** The kind of object that a version is. */
  public enum VersionKind {
    FILE,
    DIRECTORY,
    LINK,
    DELETED
  }

  /**
   * One side of a conflict.
   *
   * @param hash of a file, else null
   * @param bytes of a file, else 0
   * @param maker the peer that changed it last
   * @param made when, by that peer's clock
   * @param holders peers that have its bytes, this node among them
   * @param shown true of the one that the mount shows here
   * @param real true of the one that is on this node's disk
   * @param vector the changes that it knows of: the peer and the counter of each
   */
  public record CurrentVersion(
      VersionKind kind,
      @Nullable String hash,
      long bytes,
      String maker,
      Instant made,
      List<String> holders,
      boolean shown,
      boolean real,
      String vector) {
    public CurrentVersion {
      holders = List.copyOf(holders);
    }
  }
}
