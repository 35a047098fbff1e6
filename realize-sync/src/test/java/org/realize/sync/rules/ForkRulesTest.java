package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.GONE;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.version;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.ForkRules.Fork;

/** A signed x at 12 in a start of which its other copy, which goes on as C, never knew. */
class ForkRulesTest {

  private static final StoreId START = new StoreId(new UUID(7, 7));
  private static final Fork FROM_TEN = new Fork(A, 10, START);
  private static final Version X = version(file("x"), A, 12);
  private static final Version X_TOLD_APART = version(file("x"), A, 12, START, 12);
  private static final Version OF_THE_COPY = version(file("y"), A, 20);

  private static PathState toldApart(PathState before) {
    return PeerRules.judged(ForkRules.toldApart(before, FROM_TEN), Set.of());
  }

  @Test
  void toldApart_copysChangeComesLater_bothStay() {
    PathState before = toldApart(state(X, X, Map.of(A, report(5, X))));

    PathState after = PeerRules.received(before, B, Given.PATH, report(1, OF_THE_COPY), Set.of());

    assertThat(after.shown()).isEqualTo(X_TOLD_APART);
    assertThat(Judgement.alternatives(after)).containsExactly(OF_THE_COPY);
  }

  @Test
  void toldApart_copysChangeCameBefore_bothStay() {
    PathState before = state(OF_THE_COPY, X, Map.of(A, report(5, X), B, report(1, OF_THE_COPY)));
    assertThat(Judgement.alternatives(before)).isEmpty();

    PathState after = toldApart(before);

    assertThat(after.shown()).isEqualTo(OF_THE_COPY);
    assertThat(Judgement.alternatives(after)).containsExactly(X_TOLD_APART);
  }

  @Test
  void toldApart_copysChangeMergedWithItsNewName_bothStay() {
    Version merged = version(file("y"), A, 20, C, 30);

    PathState after = toldApart(state(merged, null, Map.of(A, report(5, X), B, report(1, merged))));

    assertThat(Judgement.maxima(after)).containsExactlyInAnyOrder(X_TOLD_APART, merged);
  }

  @Test
  void toldApart_copysChangeUnderAFurtherId_bothStay() {
    Version x = version(file("x"), A.further(0), 12);
    Version copys = version(file("y"), A.further(0), 20);
    PathState before = toldApart(state(x, x, Map.of(A, report(5, x))));

    PathState after = PeerRules.received(before, B, Given.PATH, report(1, copys), Set.of());

    assertThat(after.shown()).isEqualTo(version(file("x"), A.further(0), 12, START, 12));
    assertThat(Judgement.alternatives(after)).containsExactly(copys);
  }

  @Test
  void toldApart_again_changesNothing() {
    PathState once = ForkRules.toldApart(state(X, X, Map.of(A, report(5, X))), FROM_TEN);

    assertThat(ForkRules.toldApart(once, FROM_TEN)).isSameAs(once);
  }

  @Test
  void toldApart_changeThatBothCopiesShare_staysAsItIs() {
    Version shared = version(file("x"), A, 9);
    PathState before = state(shared, shared, Map.of(A, report(5, shared)));

    assertThat(ForkRules.toldApart(before, FROM_TEN)).isSameAs(before);
  }

  @Test
  void toldApart_replacedByWhoKnewIt_staysReplaced() {
    Version replaced = version(file("z"), A, 12, B, 3);
    PathState before = state(replaced, X, Map.of(A, report(5, X), B, report(1, replaced)));

    assertThat(ForkRules.toldApart(before, FROM_TEN)).isSameAs(before);
  }

  @Test
  void toldApart_contentThatAnotherWroteToo_needsNoMore() {
    Version both = version(file("x"), A, 12, B, 3);
    PathState before = state(both, X, Map.of(A, report(5, X), B, report(1, both)));

    assertThat(ForkRules.toldApart(before, FROM_TEN)).isSameAs(before);
  }

  @Test
  void toldApart_whatItHadOnlyHeardOf_staysAsItIs() {
    Version others = version(file("z"), A, 12, B, 3);
    Report heard =
        new Report(5, report(5, X).metadata(), List.of(new Report.Reported(others, false)));
    PathState before = state(others, null, Map.of(A, heard));

    assertThat(ForkRules.toldApart(before, FROM_TEN)).isSameAs(before);
  }

  @Test
  void toldApart_deletion_staysBesideTheCopysContent() {
    Version gone = version(GONE, A, 12);

    PathState after =
        toldApart(state(OF_THE_COPY, null, Map.of(A, report(5, gone), B, report(1, OF_THE_COPY))));

    assertThat(after.shown()).isEqualTo(OF_THE_COPY);
    assertThat(Judgement.maxima(after))
        .containsExactlyInAnyOrder(OF_THE_COPY, version(GONE, A, 12, START, 12));
  }
}
