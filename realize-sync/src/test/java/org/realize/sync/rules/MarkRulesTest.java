package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.rules.MarkRules.Effective;

class MarkRulesTest {

  private static final RelativePath DOCS = RelativePath.of("docs");
  private static final RelativePath OLD = RelativePath.of("docs/old");

  @Test
  void effective_nearestMarkedAncestorOrItself() {
    Map<RelativePath, Mark> marks = Map.of(DOCS, Mark.KEEP, OLD, Mark.WATCH);

    assertThat(MarkRules.effective(marks, Mark.OWN, RelativePath.of("docs/a/b")))
        .isEqualTo(new Effective(Mark.KEEP, DOCS));
    assertThat(MarkRules.effective(marks, Mark.OWN, OLD)).isEqualTo(new Effective(Mark.WATCH, OLD));
    assertThat(MarkRules.effective(marks, Mark.OWN, RelativePath.of("docs/older")))
        .isEqualTo(new Effective(Mark.KEEP, DOCS));
  }

  @Test
  void effective_noMarkedAncestor_isTheArenas() {
    Map<RelativePath, Mark> marks = Map.of(DOCS, Mark.KEEP);

    assertThat(MarkRules.effective(marks, Mark.OWN, RelativePath.of("photos")))
        .isEqualTo(new Effective(Mark.OWN, RelativePath.ROOT));
    assertThat(MarkRules.effective(Map.of(), Mark.WATCH, OLD).mark()).isEqualTo(Mark.WATCH);
  }

  @Test
  void effective_markOnTheRoot_beatsTheArenas() {
    assertThat(MarkRules.effective(Map.of(RelativePath.ROOT, Mark.WATCH), Mark.OWN, OLD).mark())
        .isEqualTo(Mark.WATCH);
  }

  @Test
  void arenaMark_default_dependsOnTheRoot() {
    assertThat(MarkRules.arenaMark(null, true)).isEqualTo(Mark.OWN);
    assertThat(MarkRules.arenaMark(null, false)).isEqualTo(Mark.WATCH);
    assertThat(MarkRules.arenaMark(Mark.KEEP, true)).isEqualTo(Mark.KEEP);
    assertThat(MarkRules.arenaMark(Mark.WATCH, true)).isEqualTo(Mark.WATCH);
  }

  @Test
  void acting_ownWithoutRoot_keeps() {
    assertThat(MarkRules.acting(Mark.OWN, false)).isEqualTo(Mark.KEEP);
    assertThat(MarkRules.acting(Mark.OWN, true)).isEqualTo(Mark.OWN);
    assertThat(MarkRules.acting(Mark.WATCH, false)).isEqualTo(Mark.WATCH);
    assertThat(MarkRules.acting(Mark.KEEP, false)).isEqualTo(Mark.KEEP);
  }

  @Test
  void moved_marksBelow_goAlongAndReplaceThoseOfTheTarget() {
    RelativePath target = RelativePath.of("papers");
    Map<RelativePath, Mark> marks =
        Map.of(
            DOCS, Mark.KEEP, OLD, Mark.WATCH, target, Mark.OWN, RelativePath.of("docsx"), Mark.OWN);

    assertThat(MarkRules.moved(marks, DOCS, target))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                target,
                Mark.KEEP,
                RelativePath.of("papers/old"),
                Mark.WATCH,
                RelativePath.of("docsx"),
                Mark.OWN));
  }
}
