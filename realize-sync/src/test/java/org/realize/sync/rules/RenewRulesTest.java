package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.ME;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.me;
import static org.realize.sync.rules.Given.replacing;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.version;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.RenewRules.Former;

class RenewRulesTest {

  private static final Former FROM_TEN = new Former(A.all(), 10);

  @Test
  void concerns_changeBeforeTheCopy_no() {
    Version x = version(file("x"), A, 9, B, 70);

    assertThat(RenewRules.concerns(state(x, x, Map.of()), FROM_TEN)).isFalse();
  }

  @Test
  void concerns_changeOrStampSinceTheCopy_yes() {
    Version x = version(file("x"), A, 10);
    Version old = version(file("x"), A, 9);
    PathState stamped =
        new PathState(
            Given.PATH,
            old,
            new Metadata(0600, new Stamp(11, A), FileTime.EPOCH, new Stamp(1, A)),
            Objects.requireNonNull(state(old, old, Map.of()).real()),
            1,
            Map.of());

    assertThat(RenewRules.concerns(state(x, x, Map.of()), FROM_TEN)).isTrue();
    assertThat(RenewRules.concerns(stamped, FROM_TEN)).isTrue();
    assertThat(RenewRules.renewed(stamped, FROM_TEN, me(50)).metadata().modeStamp())
        .isEqualTo(new Stamp(50, ME));
    assertThat(RenewRules.renewed(stamped, FROM_TEN, me(50)).shown()).isEqualTo(old);
  }

  @Test
  void renewed_newFile_knowsEverythingUpToTheCopy() {
    Version x = version(file("x"), A, 12);

    PathState after = RenewRules.renewed(state(x, x, Map.of()), FROM_TEN, me(50));

    assertThat(after.shown()).isEqualTo(version(file("x"), A, 9, ME, 50));
    assertThat(after.announcedSeq()).isEqualTo(50);
  }

  @Test
  void renewed_changeOfWhatPeersKnow_keepsTheBase() {
    Version base = version(file("x"), A, 5, B, 3);
    Version mine = replacing("x", version(file("y"), A, 12, B, 3));

    PathState after =
        RenewRules.renewed(state(mine, mine, Map.of(B, report(1, base))), FROM_TEN, me(50));

    assertThat(after.shown()).isEqualTo(replacing("x", version(file("y"), A, 9, B, 3, ME, 50)));
  }

  @Test
  void renewed_laterVersionOfTheOtherCopy_isAConflictThen() {
    Version base = version(file("x"), A, 5);
    Version mine = replacing("x", version(file("y"), A, 12));
    Version lost = replacing("x", version(file("z"), A, 11));
    PathState renewed =
        RenewRules.renewed(state(mine, mine, Map.of(B, report(1, base))), FROM_TEN, me(50));

    PathState after = PeerRules.received(renewed, B, Given.PATH, report(2, lost), Set.of());

    assertThat(Judgement.alternatives(after)).containsExactly(lost);
  }

  @Test
  void renewed_otherCopysVersionWasHeardOf_isAConflictThen() {
    Version mine = version(file("y"), A, 12);
    Version lost = version(file("z"), A, 11);

    PathState after =
        RenewRules.renewed(state(mine, mine, Map.of(B, report(1, lost))), FROM_TEN, me(50));

    assertThat(after.shown()).isEqualTo(version(file("y"), A, 9, ME, 50));
    assertThat(Judgement.alternatives(after)).containsExactly(lost);
  }

  @Test
  void renewed_versionUnderAFurtherId_coversNoOtherOfTheStore() {
    Version mine = version(file("y"), A.further(0), 12);
    Version other = version(file("z"), A, 5);

    PathState after =
        RenewRules.renewed(state(mine, mine, Map.of(B, report(1, other))), FROM_TEN, me(50));

    assertThat(RenewRules.concerns(state(mine, mine, Map.of()), FROM_TEN)).isTrue();
    assertThat(after.shown()).isEqualTo(version(file("y"), A.further(0), 9, ME, 50));
    assertThat(Judgement.alternatives(after)).containsExactly(other);
  }

  @Test
  void renewed_ownVersionWasToldAlready_followsIt() {
    Version mine = version(file("y"), A, 12);

    PathState after =
        RenewRules.renewed(state(mine, mine, Map.of(B, report(1, mine))), FROM_TEN, me(50));

    assertThat(Judgement.maxima(after)).containsExactly(version(file("y"), A, 12, ME, 50));
  }

  /** Both copies have the deletion: what it hides was hidden before they were two. */
  @Test
  void renewed_removedWhereAnAlternativeWasKnown_doesNotShowThat() {
    Version x = version(file("x"), A, 5);
    Version y = version(file("y"), B, 3);
    PathState removed = LocalRules.removed(state(x, x, Map.of(B, report(1, y))), me(12));

    PathState after =
        RenewRules.renewed(removed, new Former(ME.all(), 10), new LocalRules.Author(C, 50, 50));

    assertThat(after.shown().isTombstone()).isTrue();
    assertThat(after.shown().vector().counter(C)).isEqualTo(50);
    assertThat(Judgement.alternatives(after)).containsExactly(y);
  }
}
