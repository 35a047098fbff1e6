package org.realize.sync.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.port.Report.Reported;

/**
 * The rules for announcements of a path to peers. A report is derived from the path's state at the
 * moment of sending; only the path's place in the feed is kept in step: it moves to the head
 * whenever the derived report changes. Because a report depends only on the known versions, a
 * household in which all peers know the same versions is silent.
 */
public final class AnnounceRules {

  /** The versions of one entry: more at once than a household makes of one path. */
  public static final int MAX_VERSIONS = 32;

  private AnnounceRules() {}

  /**
   * True if the path is passed on at all: under a mark to keep or own, or because it was announced
   * before. What was merely heard is not.
   */
  public static boolean announces(PathState state, Mark mark) {
    return state.announcedSeq() > 0 || mark != Mark.WATCH;
  }

  /**
   * What to say: the shown version first, then every other current one, unless it would replace the
   * shown one and only waits for the user's confirmation.
   *
   * @param kept tells the contents of which this peer has a complete blob that stays: only true on
   *     a path that is marked to keep or own
   */
  public static Report report(PathState state, Predicate<ContentHash> kept) {
    Version shown = state.shown();
    List<Reported> versions = new ArrayList<>();
    versions.add(new Reported(shown, holds(state, shown.content(), kept)));
    for (Version version : Judgement.maxima(state)) {
      if (!version.vector().covers(shown.vector())) {
        versions.add(new Reported(version, holds(state, version.content(), kept)));
      } else if (!version.equals(shown)
          && version.vector().equals(shown.vector())
          && !version.content().equals(shown.content())) {
        versions.add(new Reported(version, holds(state, version.content(), kept)));
      }
    }
    return new Report(state.announcedSeq(), state.metadata(), versions);
  }

  /**
   * A report without what is too much for one entry: first the hints, then alternatives, those of
   * others before the one that is on this peer's disk. The shown version always stays, and says
   * what its size is.
   *
   * @param report of {@code state}
   */
  public static Report bounded(PathState state, Report report) {
    if (fits(state, report)) {
      return report;
    }
    List<Reported> versions = new ArrayList<>();
    for (Reported said : report.versions()) {
      Version version = said.version();
      Version bare = new Version(version.content(), version.vector(), null, null, version.found());
      versions.add(new Reported(bare, said.held()));
    }
    Report cut = new Report(report.seq(), report.metadata(), versions);
    while (versions.size() > 1 && !fits(state, cut)) {
      int last = versions.size() - 1;
      boolean isOwn = last > 1 && state.isReal(versions.get(last).version().content());
      versions.remove(isOwn ? last - 1 : last);
      cut = new Report(report.seq(), report.metadata(), versions);
    }
    return cut;
  }

  private static boolean fits(PathState state, Report report) {
    return report.versions().size() <= MAX_VERSIONS
        && EntrySize.bytes(state.path(), report) <= EntrySize.MAX_ANNOUNCED_BYTES;
  }

  /**
   * True if others must hear of {@code after}: the caller then moves it to the head of the feed
   * with {@link PathState#announcedAt}.
   */
  public static boolean isNews(@Nullable PathState before, PathState after, Mark mark) {
    return announces(after, mark)
        && (after.announcedSeq() == 0 || before == null || saysMore(before, after));
  }

  /** True if the report of {@code after} is another one than that of {@code before}. */
  static boolean saysMore(PathState before, PathState after) {
    return !sameWords(said(before), said(after));
  }

  private static Report said(PathState state) {
    return report(state, _ -> false);
  }

  private static boolean sameWords(Report a, Report b) {
    return a.metadata().equals(b.metadata()) && a.versions().equals(b.versions());
  }

  private static boolean holds(PathState state, Content content, Predicate<ContentHash> kept) {
    return switch (content) {
      case Content.Absent() -> false;
      case Content.Directory() -> true;
      case Content.Link _ -> true;
      case Content.File file -> state.isReal(content) || kept.test(file.hash());
    };
  }
}
