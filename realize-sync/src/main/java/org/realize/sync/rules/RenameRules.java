package org.realize.sync.rules;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.LocalRules.Sighting;

/**
 * The rules for one path in a directory that a user of this peer has renamed: exactly a removal and
 * an addition. What is on the disk has gone along with the directory, and is unchanged.
 */
public final class RenameRules {

  /**
   * The states of both names after the rename.
   *
   * @param arrived null where the new name stays as it was
   */
  public record RenamedPath(@Nullable PathState arrived, PathState left) {}

  private RenameRules() {}

  /** True if a path has anything that goes along. */
  public static boolean concerns(PathState state) {
    return !state.shown().isTombstone() || state.realStat() != null;
  }

  /**
   * The rename of one path that it {@link #concerns}. What is on the disk and is to go, since a
   * peer has removed it, is to go from its new name, of which peers never hear.
   *
   * @param target what is known of the new name
   * @param arriving the author of the addition
   * @param leaving the same with the place of the removal
   */
  public static RenamedPath renamed(
      PathState source,
      RelativePath to,
      @Nullable PathState target,
      Author arriving,
      Author leaving) {
    RealVersion real = source.real();
    FileStat stat = source.realStat();
    if (source.shown().isTombstone()) {
      return source.isBareDirectory() || real == null
          ? new RenamedPath(null, LocalRules.removed(source, leaving))
          : new RenamedPath(
              going(source, real, to, target, arriving), emptied(source, leaving.seq()));
    }
    PathState arrived =
        LocalRules.added(
            target, to, source.shown().content(), source.metadata(), source.path(), arriving);
    if (real != null && stat != null && source.isReal(source.shown().content())) {
      Sighting seen =
          new Sighting(source.shown().content(), stat, real.hashedAtNanos(), source.path(), false);
      PathState local = LocalRules.changed(target, to, seen, arriving);
      return new RenamedPath(
          local.withMetadata(arrived.metadata()), LocalRules.removed(source, leaving));
    }
    PathState left = LocalRules.unlinked(source, leaving);
    if (real != null && stat != null) {
      return new RenamedPath(arrived.withReal(older(real)), emptied(left, leaving.seq()));
    }
    boolean isReplaced = arrived.realStat() != null;
    return new RenamedPath(isReplaced ? emptied(arrived, arriving.seq()) : arrived, left);
  }

  private static PathState going(
      PathState source,
      RealVersion real,
      RelativePath to,
      @Nullable PathState target,
      Author author) {
    if (target != null) {
      return target.withReal(older(real));
    }
    VersionVector vector = VersionVector.EMPTY.with(author.store(), author.counter());
    Version removal = Version.of(new Content.Absent(), vector);
    return new PathState(to, removal, source.metadata(), older(real), 0, Map.of());
  }

  /** What is on the disk under a vector that every version covers. */
  private static RealVersion older(RealVersion real) {
    return new RealVersion(
        real.version().withVector(VersionVector.EMPTY),
        real.stat(),
        real.hashedAtNanos(),
        real.isLatched());
  }

  /** The state with nothing on the disk. */
  private static PathState emptied(PathState state, long seq) {
    return LocalRules.applied(state, new RealVersion(state.shown(), null, 0), seq);
  }
}
