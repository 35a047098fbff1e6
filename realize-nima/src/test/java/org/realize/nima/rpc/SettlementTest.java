package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.nima.rpc.Settlement.RivalPair;

class SettlementTest {

  private static final UUID RUN = new UUID(1, 1);
  private static final UUID NEXT_RUN = new UUID(2, 2);

  @Test
  void replaces_pairsDialledFromBothSides_theLowerKeysStays() {
    RivalPair lower = new RivalPair(RUN, true);
    RivalPair higher = new RivalPair(RUN, false);
    assertThat(Settlement.replaces(lower, higher)).isTrue();
    assertThat(Settlement.replaces(higher, lower)).isFalse();
  }

  @Test
  void replaces_sameDiallerAgain_theNewerStays() {
    for (boolean lower : new boolean[] {true, false}) {
      RivalPair pair = new RivalPair(RUN, lower);
      assertThat(Settlement.replaces(pair, pair)).isTrue();
    }
  }

  @Test
  void replaces_newRunOfTheOtherSide_theNewerStays() {
    for (boolean existing : new boolean[] {true, false}) {
      for (boolean candidate : new boolean[] {true, false}) {
        assertThat(
                Settlement.replaces(
                    new RivalPair(NEXT_RUN, candidate), new RivalPair(RUN, existing)))
            .isTrue();
      }
    }
  }
}
