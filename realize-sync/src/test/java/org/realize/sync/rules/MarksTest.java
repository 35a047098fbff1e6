package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;

class MarksTest {

  private static final RelativePath DOCS = RelativePath.of("docs");
  private static final RelativePath OLD = RelativePath.of("docs/old");

  @Test
  void of_isThatOfTheNearestMarkedAncestorOrItself() {
    Marks marks = new Marks(Mark.OWN, Map.of(DOCS, Mark.KEEP, OLD, Mark.WATCH));

    assertThat(marks.of(RelativePath.of("docs/a/b"))).isEqualTo(Mark.KEEP);
    assertThat(marks.of(OLD)).isEqualTo(Mark.WATCH);
    assertThat(marks.of(RelativePath.of("docs/older"))).isEqualTo(Mark.KEEP);
  }

  @Test
  void of_noMarkedAncestor_isTheArenas() {
    assertThat(new Marks(Mark.OWN, Map.of(DOCS, Mark.KEEP)).of(RelativePath.of("photos")))
        .isEqualTo(Mark.OWN);
    assertThat(new Marks(Mark.WATCH, Map.of()).of(OLD)).isEqualTo(Mark.WATCH);
  }

  @Test
  void of_markOnTheRoot_beatsTheArenas() {
    assertThat(new Marks(Mark.OWN, Map.of(RelativePath.ROOT, Mark.WATCH)).of(OLD))
        .isEqualTo(Mark.WATCH);
  }

  @Test
  void isSetOn_inheritedMark_isFalse() {
    Marks marks = new Marks(Mark.OWN, Map.of(DOCS, Mark.KEEP));

    assertThat(marks.isSetOn(DOCS)).isTrue();
    assertThat(marks.isSetOn(OLD)).isFalse();
  }

  @Test
  void ofArena_default_dependsOnTheRoot() {
    assertThat(Marks.ofArena(null, true)).isEqualTo(Mark.OWN);
    assertThat(Marks.ofArena(null, false)).isEqualTo(Mark.WATCH);
    assertThat(Marks.ofArena(Mark.KEEP, true)).isEqualTo(Mark.KEEP);
    assertThat(Marks.ofArena(Mark.WATCH, true)).isEqualTo(Mark.WATCH);
  }
}
