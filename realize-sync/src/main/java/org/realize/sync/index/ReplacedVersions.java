package org.realize.sync.index;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The versions that a mount showed at names where programs put something else on the disk: the base
 * of what the index will find there, which they saw and replaced. Noted before the effect,
 * forgotten in the commit of what was found.
 */
public final class ReplacedVersions {

  private static final Rows<Version> REPLACED =
      Rows.of("view.replaced", 1, RowEncoder::putVersion, RowDecoder::getVersion);

  private ReplacedVersions() {}

  /** Notes that a program is about to replace what {@code path} shows. */
  public static void note(ArenaWriter writer, RelativePath path, VersionVector shown)
      throws StorageFailed {
    VersionVector known = base(writer, path);
    if (!known.covers(shown)) {
      writer.putRow(REPLACED.at(path), Version.of(new Content.Absent(), known.join(shown)));
    }
  }

  /** All that was noted at {@code path}; empty if nothing was. */
  public static VersionVector base(ArenaReader reader, RelativePath path) throws StorageFailed {
    return reader.row(REPLACED.at(path)).map(Version::vector).orElse(VersionVector.EMPTY);
  }

  /** Forgets what was noted at {@code path}. */
  public static void forget(ArenaWriter writer, RelativePath path) throws StorageFailed {
    VersionVector ignored = take(writer, path);
  }

  /**
   * As {@link #take}, of a name that may have come with a renamed directory: what was noted at its
   * former name is of what it shows.
   */
  static VersionVector take(ArenaWriter writer, RelativePath path, @Nullable PathState before)
      throws StorageFailed {
    VersionVector base = take(writer, path);
    RelativePath from = before == null ? null : before.shown().from();
    if (before == null || from == null || base(writer, from).equals(VersionVector.EMPTY)) {
      return base;
    }
    boolean hasLeft =
        writer
            .path(from)
            .filter(state -> state.shown().isTombstone() && state.realStat() == null)
            .isPresent();
    if (!hasLeft) {
      return base;
    }
    forget(writer, from);
    return base.join(before.shown().vector());
  }

  /** As {@link #base}; forgets it. */
  static VersionVector take(ArenaWriter writer, RelativePath path) throws StorageFailed {
    VersionVector base = base(writer, path);
    if (!base.equals(VersionVector.EMPTY)) {
      writer.removeRow(REPLACED.at(path));
    }
    return base;
  }
}
