package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.DIRECTORY;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.hash;
import static org.realize.sync.rules.Given.metadata;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.version;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.EvictionRules.EvictionVerdict;

class EvictionRulesTest {

  private static final Version SHOWN = version(file("one"), A, 1);
  private static final Report HELD = report(1, SHOWN);
  private static final Report KNOWN =
      new Report(1, metadata(0644, 1, A), List.of(new Report.Reported(SHOWN, false)));
  private static final PathState THEIRS = state(SHOWN, null, Map.of(A, HELD));
  private static final PathState NOBODYS = state(SHOWN, null, Map.of(A, KNOWN));
  private static final PathState REAL = state(SHOWN, SHOWN, Map.of(A, KNOWN));

  private static EvictionVerdict judge(Mark mark, PathState... showing) {
    return EvictionRules.judge(hash("one"), List.of(showing), new Marks(mark, Map.of()));
  }

  @Test
  void judge_watched_mayGoWhileAnotherHasIt() {
    assertThat(judge(Mark.WATCH, THEIRS)).isEqualTo(EvictionVerdict.FREE);
    assertThat(judge(Mark.WATCH, REAL)).isEqualTo(EvictionVerdict.FREE);
    assertThat(judge(Mark.WATCH, NOBODYS)).isEqualTo(EvictionVerdict.LAST_COPY);
  }

  @Test
  void judge_wanted_staysWhoeverHasIt() {
    assertThat(judge(Mark.KEEP, THEIRS)).isEqualTo(EvictionVerdict.MARKED);
    assertThat(judge(Mark.KEEP, REAL)).isEqualTo(EvictionVerdict.MARKED);
    assertThat(judge(Mark.OWN, THEIRS)).isEqualTo(EvictionVerdict.MARKED);
    assertThat(judge(Mark.OWN, REAL)).isEqualTo(EvictionVerdict.FREE);
  }

  @Test
  void judge_markBelowTheArenas_counts() {
    Map<RelativePath, Mark> marks = Map.of(RelativePath.of("dir"), Mark.KEEP);
    assertThat(EvictionRules.judge(hash("one"), List.of(THEIRS), new Marks(Mark.WATCH, marks)))
        .isEqualTo(EvictionVerdict.MARKED);
  }

  @Test
  void judge_severalPaths_theStrictestCounts() {
    assertThat(judge(Mark.WATCH, THEIRS, NOBODYS, REAL)).isEqualTo(EvictionVerdict.LAST_COPY);
  }

  @Test
  void judge_alternativeThatNobodyHolds_staysWhateverTheMark() {
    Version directory = version(DIRECTORY, B, 5);
    PathState lost = state(directory, null, Map.of(A, KNOWN, B, report(2, directory)));
    for (Mark mark : Mark.values()) {
      assertThat(judge(mark, lost)).isNotEqualTo(EvictionVerdict.FREE);
    }
    assertThat(judge(Mark.WATCH, lost)).isEqualTo(EvictionVerdict.LAST_COPY);
    assertThat(judge(Mark.KEEP, lost)).isEqualTo(EvictionVerdict.MARKED);
    assertThat(judge(Mark.OWN, lost)).isEqualTo(EvictionVerdict.MARKED);
  }

  @Test
  void judge_alternativeThatAnotherHolds_mayGoWhereItIsWatched() {
    Version directory = version(DIRECTORY, B, 5);
    PathState held = state(directory, null, Map.of(A, HELD, B, report(2, directory)));
    assertThat(judge(Mark.WATCH, held)).isEqualTo(EvictionVerdict.FREE);
    assertThat(judge(Mark.KEEP, held)).isEqualTo(EvictionVerdict.MARKED);
  }

  @Test
  void judge_replacedVersionThatNobodyHolds_mayGo() {
    Version next = version(file("two"), A, 2);
    PathState replaced = state(next, null, Map.of(A, report(2, next), B, KNOWN));
    assertThat(judge(Mark.WATCH, replaced)).isEqualTo(EvictionVerdict.FREE);
  }

  @Test
  void judge_noPathShowsIt_mayGo() {
    PathState other = state(version(file("two"), A, 2), null, Map.of(A, KNOWN));
    assertThat(judge(Mark.KEEP)).isEqualTo(EvictionVerdict.FREE);
    assertThat(judge(Mark.KEEP, other)).isEqualTo(EvictionVerdict.FREE);
  }
}
