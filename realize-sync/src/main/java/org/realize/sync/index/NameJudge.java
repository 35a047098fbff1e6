package org.realize.sync.index;

import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.Observation.AbsentName;
import org.realize.sync.index.Observation.Present;
import org.realize.sync.index.Observation.UnreadableName;
import org.realize.sync.index.Observation.Unshareable;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;

/**
 * The rule that decides what an observed name means for the index. Pure: it reads nothing but its
 * arguments.
 *
 * <p>A file is known by inode, creation time, size and mtime. A rename, a link and a change of mode
 * move its ctime and no byte, so they take the hash along; such a hash is served, but it proves
 * nothing until a scan of the whole root has read the file again. A ctime that moved for no such
 * cause counts as a change of bytes.
 */
final class NameJudge {

  static final String NEVER_SHARED = "neither a file, a directory nor a link";
  static final String OWN = "it belongs to this node itself";
  static final String IGNORED =
      "ignored here: what peers have at this path is not brought to the disk";

  private NameJudge() {}

  /**
   * A name and what is known of it.
   *
   * @param seen its stat as it is to be recorded, see {@link #recorded}
   * @param state null when the path was never known
   * @param ignored the ignore rules match the name, and no mark lifts them
   * @param doubt the reason why the name may not be concluded from, if there is one
   * @param twin the state of another path that was indexed with the same inode, if there is one
   * @param isWhole the run looks at the whole root, and hashes again what proves nothing
   */
  record Question(
      Observation seen,
      @Nullable PathState state,
      boolean ignored,
      Optional<String> doubt,
      @Nullable PathState twin,
      boolean isWhole) {

    @Nullable FileStat indexed() {
      return state == null ? null : state.realStat();
    }
  }

  static Decision judge(Question question) {
    FileStat indexed = question.indexed();
    return switch (question.seen()) {
      case UnreadableName(String cause) -> new Decision.DoubtfulName(cause);
      case AbsentName() -> indexed == null ? new Decision.Keep() : new Decision.Remove();
      case Unshareable(String cause) ->
          indexed == null ? new Decision.LeaveOut(cause) : new Decision.Withdraw(cause);
      case Present(FileStat stat) -> present(question, stat, indexed);
    };
  }

  /** True if an indexed directory, and all below it, gave way to something else at its name. */
  static boolean endsDirectory(@Nullable FileStat indexed, FileStat seen) {
    return indexed != null && indexed.kind() == Kind.DIRECTORY && seen.kind() != Kind.DIRECTORY;
  }

  /** True if it takes the state of another path, if any has the same inode, to judge this file. */
  static boolean asksForTwin(@Nullable FileStat indexed, FileStat seen) {
    return seen.kind() == Kind.FILE
        && (indexed == null || indexed.kind() != Kind.FILE || indexed.fileKey() != seen.fileKey());
  }

  /**
   * {@code stat} with the mode that was last recorded, where the file system cannot hold one.
   *
   * @param holdsModes the file system keeps permission bits
   */
  static FileStat recorded(FileStat stat, @Nullable PathState state, boolean holdsModes) {
    if (holdsModes) {
      return stat;
    }
    FileStat indexed = state == null ? null : state.realStat();
    if (indexed != null && indexed.kind() == stat.kind()) {
      return stat.withMode(indexed.mode());
    }
    if (state != null && indexed == null) {
      return stat.withMode(state.metadata().mode());
    }
    return stat.withMode(stat.kind() == Kind.FILE ? 0644 : 0755);
  }

  private static Decision present(Question question, FileStat stat, @Nullable FileStat indexed) {
    if (question.doubt().isPresent()) {
      String cause = question.doubt().get();
      return indexed == null ? new Decision.LeaveOut(cause) : new Decision.DoubtfulName(cause);
    }
    if (stat.kind() == Kind.OTHER) {
      return indexed == null
          ? new Decision.LeaveOut(NEVER_SHARED)
          : new Decision.Withdraw(NEVER_SHARED);
    }
    if (indexed == null && question.ignored()) {
      PathState state = question.state();
      boolean isListed = state != null && !state.shown().isTombstone();
      return new Decision.LeaveOut(isListed ? IGNORED : "");
    }
    return switch (stat.kind()) {
      case DIRECTORY ->
          isSameDirectory(indexed, stat) ? new Decision.Keep() : new Decision.IndexDirectory(stat);
      case LINK -> link(question, stat, indexed);
      case FILE -> file(question, stat, indexed);
      case OTHER -> throw new IllegalStateException("judged before");
    };
  }

  private static boolean isSameDirectory(@Nullable FileStat indexed, FileStat stat) {
    return indexed != null
        && indexed.kind() == Kind.DIRECTORY
        && indexed.mode() == stat.mode()
        && indexed.fileKey() == stat.fileKey()
        && indexed.device() == stat.device();
  }

  /** A link that was read right after it was made is read again: its stat proves nothing. */
  private static Decision link(Question question, FileStat stat, @Nullable FileStat indexed) {
    boolean isSame =
        indexed != null
            && indexed.kind() == Kind.LINK
            && indexed.mtime().equals(stat.mtime())
            && indexed.ctimeNanos() == stat.ctimeNanos()
            && indexed.fileKey() == stat.fileKey()
            && indexed.mode() == stat.mode()
            && real(question).isCertain();
    return isSame ? new Decision.Keep() : new Decision.ReadLink(stat);
  }

  private static RealVersion real(Question question) {
    return Objects.requireNonNull(Objects.requireNonNull(question.state()).real());
  }

  private static Decision file(Question question, FileStat stat, @Nullable FileStat indexed) {
    if (indexed == null || !indexed.sameBytes(stat)) {
      PathState twin = question.twin();
      return twin == null ? new Decision.HashFile(stat) : carried(twin, stat);
    }
    PathState state = Objects.requireNonNull(question.state());
    RealVersion real = real(question);
    boolean isSameMode = indexed.mode() == stat.mode();
    if (indexed.ctimeNanos() == stat.ctimeNanos() && isSameMode) {
      boolean isKept = real.isCertain() || (real.isCarried() && !question.isWhole());
      return isKept ? new Decision.Keep() : new Decision.HashFile(stat);
    }
    return isSameMode && indexed.links() == stat.links()
        ? new Decision.HashFile(stat)
        : carried(state, stat);
  }

  /** Carries the hash of {@code source} if it was certain, or has been carried from certainty. */
  private static Decision carried(PathState source, FileStat stat) {
    RealVersion real = source.real();
    FileStat known = source.realStat();
    if (real == null || known == null || !known.sameBytes(stat) || !isOneFileSystem(known, stat)) {
      return new Decision.HashFile(stat);
    }
    if (!real.isCertain() && !real.isCarried()) {
      return new Decision.HashFile(stat);
    }
    boolean isProven = real.isCertain() && known.ctimeNanos() == stat.ctimeNanos();
    return new Decision.CarryHash(stat, source, isProven);
  }

  /** True if two stats, of any names, are of the same file or directory. */
  static boolean isOneInode(FileStat known, FileStat stat) {
    return known.fileKey() == stat.fileKey()
        && known.birthNanos() == stat.birthNanos()
        && isOneFileSystem(known, stat);
  }

  /** Inode numbers alone recur on other file systems; device numbers change with a restart. */
  private static boolean isOneFileSystem(FileStat known, FileStat stat) {
    return (known.birthNanos() != 0 && stat.birthNanos() != 0) || known.device() == stat.device();
  }
}
