package org.realize.nima.control;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;

/**
 * The versions of paths that are here, current ones and those in the trash.
 *
 * @param count how many there are
 * @param bytes the sum of their sizes
 * @param versions the first {@link #MAX_VERSIONS} of them, by path, the latest of a path first
 */
public record VersionReport(long count, long bytes, List<PathVersion> versions) {

  public static final int MAX_VERSIONS = 10_000;

  public VersionReport {
    versions = List.copyOf(versions);
  }

  /** The place of a version. */
  public enum VersionPlace {
    /** It is what the mount shows. */
    SHOWN,
    /** It is current, and not shown: the other side of a conflict. */
    CONFLICT,
    /** Another one has followed it, but a peer or this node's disk still has it. */
    EARLIER,
    TRASH
  }

  /**
   * One version.
   *
   * @param id of a file in the trash, for {@code restore --id}; else null
   * @param hash null for a file in the trash
   * @param time when it was made; of a file in the trash when it was taken out
   * @param file where it lies in the root's trash; null for a current one
   * @param heldBy the nodes that have all its bytes, but for one in the trash, which is here
   */
  public record PathVersion(
      ArenaName arena,
      RelativePath path,
      VersionPlace place,
      @Nullable Long id,
      @Nullable String hash,
      long bytes,
      Instant time,
      @Nullable String file,
      List<String> heldBy) {
    public PathVersion {
      heldBy = List.copyOf(heldBy);
    }
  }
}
