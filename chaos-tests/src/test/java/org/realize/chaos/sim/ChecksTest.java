package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.realize.chaos.sim.Violation.Rule;

class ChecksTest {

  private static final Excuse EXCUSE = Excuse.GONE_WITH_DISK; // may take a tenth

  private final Checks sweep = new Checks();

  @Test
  void overdrawn_shareAboveTheBound_namesTheExcuse() {
    addHouseholds(Checks.FEWEST_HOUSEHOLDS, 2);

    assertThat(sweep.overdrawn())
        .containsExactly("GONE_WITH_DISK excuses 200.0 ‰ of the checks of LOSS, and may 100 ‰");
  }

  @Test
  void overdrawn_shareAtTheBound_nothing() {
    addHouseholds(Checks.FEWEST_HOUSEHOLDS, 1);

    assertThat(sweep.overdrawn()).isEmpty();
  }

  @Test
  void overdrawn_tooFewHouseholdsToTell_nothing() {
    addHouseholds(Checks.FEWEST_HOUSEHOLDS - 1, 10);

    assertThat(sweep.overdrawn()).isEmpty();
  }

  private void addHouseholds(int count, int excused) {
    Checks household = new Checks();
    for (int i = 0; i < 10; i++) {
      household.make(Rule.LOSS);
    }
    for (int i = 0; i < excused; i++) {
      household.excuse(EXCUSE);
    }
    for (int i = 0; i < count; i++) {
      sweep.add(household);
    }
  }
}
