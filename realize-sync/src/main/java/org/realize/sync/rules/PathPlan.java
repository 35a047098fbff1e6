package org.realize.sync.rules;

import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;

/**
 * The rule that finds what a path needs to become what its mark asks for. Pure, and complete: a
 * path without a job here needs nothing, so no work is ever stored.
 *
 * <p>A real file is replaced or removed only by a version that covers it. One that is concurrent is
 * the other side of a conflict, and stays, unless a directory is made in its place. Where nothing
 * is on the disk, the shown version is made real whatever was removed there: a content beats a
 * concurrent removal. What the user gave up, by a move for example, is not fetched back while it is
 * shown.
 *
 * @param root what the arena's root can hold; empty where the arena has none
 * @param isKept tells the contents of which a complete blob is here that refers to the path; one
 *     that was made for other paths may be evicted once these need it no more
 * @param isMoved tells the paths whose shown file nobody is known to have under this name, and
 *     whose bytes are in the root under the name that it came from, which may leave that name
 */
public record PathPlan(
    Optional<RootTraits> root,
    BiPredicate<RelativePath, ContentHash> isKept,
    Predicate<RelativePath> isMoved) {

  /**
   * What a root keeps of what it is given.
   *
   * @param modes permission bits stay as they were set
   * @param timeGrainNanos modification times are multiples of this
   * @param isPrivate the user named no root: what is not on the disk is cached, and files that are
   *     there stay files until their room is needed; {@code own} acts as {@code keep}
   */
  public record RootTraits(boolean modes, long timeGrainNanos, boolean isPrivate) {
    /** Of a root that the user named. */
    public RootTraits(boolean modes, long timeGrainNanos) {
      this(modes, timeGrainNanos, false);
    }
  }

  /** The next job of a path; empty if it needs none. */
  public Optional<PathJob> next(PathState state, Marks marks) {
    RelativePath path = state.path();
    if (path.isRoot()) {
      return Optional.empty(); // its mode is the user's own: the directory is configured
    }
    Mark mark = acting(marks.of(path));
    if (LocalRules.isGivenUp(state) && !marks.isSetOn(path)) {
      return Optional.empty();
    }
    Optional<PathJob> job =
        root.isPresent() ? inRoot(state, mark, root.get()) : download(state, mark);
    boolean isSilent = state.announcedSeq() == 0 && AnnounceRules.announces(state, mark);
    return job.isPresent() || !isSilent ? job : Optional.of(new PathJob.Announce());
  }

  private Mark acting(Mark mark) {
    boolean isPrivate = root.filter(RootTraits::isPrivate).isPresent();
    return isPrivate && mark == Mark.OWN ? Mark.KEEP : mark;
  }

  private Optional<PathJob> inRoot(PathState state, Mark mark, RootTraits traits) {
    Version shown = state.shown();
    FileStat indexed = state.realStat();
    if (shown.content().equals(state.realContent()) && !state.isBareDirectory()) {
      if (indexed == null || mark == Mark.OWN) {
        return metadata(state, traits).or(() -> download(state, mark));
      }
      if (traits.isPrivate()) {
        Optional<PathJob> job = metadata(state, traits).or(() -> download(state, mark));
        if (job.isPresent() || mark == Mark.KEEP) {
          return job;
        }
      }
      return shown.content() instanceof Content.File
          ? Optional.of(new PathJob.UnrealizePath(indexed))
          : download(state, mark);
    }
    if (indexed == null) {
      return shown.isTombstone() || (mark != Mark.OWN && !isMoved.test(state.path()))
          ? download(state, mark)
          : Optional.of(new PathJob.RealizePath(shown, null));
    }
    if (!givesWay(state, mark)) {
      return download(state, mark);
    }
    if (!shown.isTombstone() && mark == Mark.OWN) {
      return Optional.of(new PathJob.RealizePath(shown, indexed));
    }
    Optional<PathJob> first = mark == Mark.KEEP ? download(state, mark) : Optional.empty();
    return first.or(() -> Optional.of(new PathJob.RemovePath(indexed, shown)));
  }

  /**
   * True if what is on the disk may leave its name for the shown version. Beside a directory
   * nothing else can have its name: what that was stays known, and here where the directory is
   * made.
   */
  private static boolean givesWay(PathState state, Mark mark) {
    RealVersion real = state.real();
    Version shown = state.shown();
    boolean isBeside =
        mark == Mark.OWN
            && shown.content() instanceof Content.Directory
            && !(state.realContent() instanceof Content.Directory);
    return isBeside || (real != null && shown.vector().covers(real.version().vector()));
  }

  /** The shown content first, then the other current ones, of which nothing is here yet. */
  private Optional<PathJob> download(PathState state, Mark mark) {
    if (mark == Mark.WATCH) {
      return Optional.empty();
    }
    Optional<PathJob> shown = download(state, state.shown(), mark == Mark.OWN && root.isPresent());
    if (shown.isPresent()) {
      return shown;
    }
    for (Version other : Judgement.alternatives(state)) {
      Optional<PathJob> job = download(state, other, false);
      if (job.isPresent()) {
        return job;
      }
    }
    return Optional.empty();
  }

  /** A file without bytes is here wherever it is known. */
  private Optional<PathJob> download(PathState state, Version version, boolean isRealized) {
    return version.content() instanceof Content.File file
            && file.sizeBytes() > 0
            && !isRealized
            && !state.isReal(file)
            && !isKept.test(state.path(), file.hash())
        ? Optional.of(new PathJob.Download(file))
        : Optional.empty();
  }

  private static Optional<PathJob> metadata(PathState state, RootTraits traits) {
    FileStat stat = state.realStat();
    if (stat == null) {
      return Optional.empty();
    }
    Metadata wanted = state.metadata();
    boolean isLink = stat.kind() == FileStat.Kind.LINK;
    boolean keepsMode = isLink || !traits.modes() || stat.mode() == wanted.mode();
    boolean keepsTime =
        stat.kind() == FileStat.Kind.DIRECTORY
            || cut(stat.mtime(), traits).equals(cut(wanted.mtime(), traits));
    if (keepsMode && keepsTime) {
      return Optional.empty();
    }
    return Optional.of(
        new PathJob.ApplyMetadata(
            stat,
            keepsMode ? stat.mode() : wanted.mode(),
            keepsTime ? stat.mtime() : cut(wanted.mtime(), traits)));
  }

  /** The time as the root keeps it. */
  private static FileTime cut(FileTime time, RootTraits traits) {
    long grain = Math.max(1, traits.timeGrainNanos());
    long second = 1_000_000_000;
    return grain >= second
        ? new FileTime(Math.floorDiv(time.seconds(), grain / second) * (grain / second), 0)
        : new FileTime(time.seconds(), (int) (time.nanos() / grain * grain));
  }
}
