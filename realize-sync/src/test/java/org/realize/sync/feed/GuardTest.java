package org.realize.sync.feed;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuardTest {

  private static final long HOUR = 3_600_000;

  @Test
  void refuses_moreThanHundredAndMoreThanHalf_only() {
    Guard none = Guard.none(0);

    assertThat(none.refuses(100, 100)).isFalse();
    assertThat(none.refuses(101, 202)).isFalse();
    assertThat(none.refuses(101, 201)).isTrue();
    assertThat(none.plus(101).refuses(0, 0)).isFalse();
  }

  @Test
  void refuses_whatIsGoneAlready_countsOnBothSides() {
    Guard guard = Guard.none(0).plus(100);

    assertThat(guard.refuses(50, 200)).isFalse();
    assertThat(guard.refuses(51, 200)).isTrue();
  }

  @Test
  void at_hoursPass_oldOnesFallOut() {
    Guard guard = Guard.none(0).plus(5).at(10 * HOUR).plus(7);

    assertThat(guard.at(23 * HOUR).total()).isEqualTo(12);
    assertThat(guard.at(24 * HOUR).total()).isEqualTo(7);
    assertThat(guard.at(34 * HOUR).total()).isZero();
    assertThat(guard.at(1_000 * HOUR).total()).isZero();
    assertThat(guard.at(5 * HOUR)).isEqualTo(guard);
  }

  @Test
  void decode_encoded_isTheSame() {
    Guard guard = Guard.none(77 * HOUR).plus(5).at(78 * HOUR).plus(1);

    assertThat(Guard.ROWS.decode(Guard.ROWS.encode(guard))).isEqualTo(guard);
  }
}
