package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.sync.rules.Given.A;
import static org.realize.sync.rules.Given.B;
import static org.realize.sync.rules.Given.C;
import static org.realize.sync.rules.Given.vector;

import org.junit.jupiter.api.Test;

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
}
