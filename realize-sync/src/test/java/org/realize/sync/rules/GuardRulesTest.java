package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.GONE;
import static org.realize.sync.rules.Given.file;
import static org.realize.sync.rules.Given.report;
import static org.realize.sync.rules.Given.state;
import static org.realize.sync.rules.Given.vector;
import static org.realize.sync.rules.Given.version;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;

class GuardRulesTest {

  @Test
  void trips_replacedOnly_moreThanHundredAndMoreThanHalf() {
    for (int lost = 0; lost <= 300; lost++) {
      for (int files = 0; files <= 300; files++) {
        assertThat(GuardRules.trips(lost, 0, files))
            .as("%d of %d", lost, files)
            .isEqualTo(lost > 100 && lost * 2 > files);
      }
    }
  }

  @Test
  void trips_removed_alsoAllOfAnArenaThatHadTwoOrMore() {
    for (int removed = 0; removed <= 150; removed++) {
      for (int files = removed; files <= 310; files++) {
        boolean all = removed == files && files >= 2;
        assertThat(GuardRules.trips(removed, removed, files))
            .as("%d of %d", removed, files)
            .isEqualTo(all || (removed > 100 && removed * 2 > files));
      }
    }
  }

  @Test
  void trips_allReplacedButOneRemoved_isNoRemovalOfAll() {
    assertThat(GuardRules.trips(3, 2, 3)).isFalse();
    assertThat(GuardRules.trips(3, 3, 3)).isTrue();
    assertThat(GuardRules.trips(1, 1, 1)).isFalse();
  }

  @Test
  void author_relayed_isWhoSignedLast() {
    assertThat(GuardRules.author(vector(A, 1), vector(A, 1, B, 2), C)).isEqualTo(B);
    assertThat(GuardRules.author(vector(A, 1), vector(A, 9, B, 2), C)).isEqualTo(A);
    assertThat(GuardRules.author(vector(A, 5, B, 9), vector(A, 7, B, 9), C)).isEqualTo(A);
    assertThat(GuardRules.author(vector(A, 5), vector(A, 5), C)).isEqualTo(C);
  }

  /** The old name goes before or after the new one comes; a directory takes its time. */
  @Test
  void isRename_oldNameWentWithinAnHourOfTheNewOne() {
    long hour = 3_600_000;
    assertThat(isRename(5_000, 5_001, 9_000)).isTrue();
    assertThat(isRename(5_000, 4_999, 9_000)).isTrue();
    assertThat(isRename(5_000, 5_000 + hour, 9_000 + hour)).isTrue();
    assertThat(isRename(5_000, 5_001 + hour, 9_000 + hour)).isFalse();
  }

  @Test
  void isRename_newNameWentFirst_isNone() {
    assertThat(isRename(5_000, 9_001, 9_000)).isFalse();
  }

  /** A removes a name that another author gave, or that another author has left. */
  @Test
  void isRename_madeByAnother_isNone() {
    PathState old = state(version(GONE, C, 1, A, 5_001), null, Map.of());
    PathState last = state(version(GONE, B, 5_000, A, 9_000), null, Map.of());
    assertThat(GuardRules.isRename(old, last, version(file("x"), B, 5_000), A.all())).isFalse();
    assertThat(GuardRules.isRename(old, last, version(file("x"), A, 5_000), B.all())).isFalse();
  }

  /** As the removals are known while they are held. */
  @Test
  void isRename_removalsOnlyReported_isOne() {
    Version made = version(file("x"), A, 5_000);
    PathState old =
        state(
            version(file("x"), C, 1),
            null,
            Map.of(A, report(1, version(GONE, C, 1, A.further(0), 5_001))));
    PathState last = state(made, null, Map.of(A, report(2, version(GONE, A, 9_000))));
    assertThat(GuardRules.isRename(old, last, made, A.all())).isTrue();
  }

  private static boolean isRename(long given, long left, long lost) {
    PathState old = state(version(GONE, C, 1, A, left), null, Map.of());
    PathState last = state(version(GONE, A, lost), null, Map.of());
    return GuardRules.isRename(old, last, version(file("x"), A, given), A.all());
  }
}
