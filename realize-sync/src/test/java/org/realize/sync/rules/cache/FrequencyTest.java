package org.realize.sync.rules.cache;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FrequencyTest {

  @Test
  void aged_anyCountAndAge_isHalvedOnceAGeneration() {
    for (int uses : new int[] {0, 1, 2, 3, 7, 100, 12_345, Integer.MAX_VALUE}) {
      int eager = uses;
      for (int generations = 0; generations < 70; generations++) {
        assertThat(Frequency.aged(uses, generations)).isEqualTo(eager);
        eager /= 2;
      }
    }
  }

  @Test
  void aged_inTwoSteps_isAsInOne() {
    for (int uses = 0; uses < 3_000; uses++) {
      for (int first = 0; first < 14; first++) {
        for (int second = 0; second < 14; second++) {
          assertThat(Frequency.aged(Frequency.aged(uses, first), second))
              .isEqualTo(Frequency.aged(uses, first + second));
        }
      }
    }
  }

  @Test
  void outdoes_eachOther_neverBoth() {
    for (double a = 0; a < 5; a += 0.25) {
      for (double b = 0; b < 5; b += 0.25) {
        assertThat(Frequency.outdoes(a, b) && Frequency.outdoes(b, a)).isFalse();
      }
    }
  }

  @Test
  void units_begun_count() {
    assertThat(Frequency.units(0)).isEqualTo(1);
    assertThat(Frequency.units(1)).isEqualTo(1);
    assertThat(Frequency.units(Frequency.UNIT_BYTES)).isEqualTo(1);
    assertThat(Frequency.units(Frequency.UNIT_BYTES + 1)).isEqualTo(2);
  }
}
