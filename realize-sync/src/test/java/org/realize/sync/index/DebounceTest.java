package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;

class DebounceTest {

  private static final RelativePath A = RelativePath.of("a");
  private static final RelativePath B = RelativePath.of("b");

  private final Debounce debounce = new Debounce(Duration.ofSeconds(3), Duration.ofSeconds(60));

  @Test
  void due_quietPath_comesAfterThreeSeconds() {
    debounce.touched(A, seconds(0));
    assertThat(debounce.due(seconds(2.9))).isEmpty();
    assertThat(debounce.untilDue(seconds(2))).contains(Duration.ofSeconds(1));
    assertThat(debounce.due(seconds(3))).containsExactly(A);
    assertThat(debounce.untilDue(seconds(3))).isEmpty();
  }

  @Test
  void due_pathThatIsNeverQuiet_comesAfterSixtySeconds() {
    for (int second = 0; second < 60; second++) {
      debounce.touched(A, seconds(second));
      assertThat(debounce.due(seconds(second))).isEmpty();
    }
    debounce.touched(A, seconds(60));
    assertThat(debounce.due(seconds(60))).containsExactly(A);
  }

  @Test
  void due_pathTouchedAfterItWasTaken_waitsAnew() {
    debounce.touched(A, seconds(0));
    assertThat(debounce.due(seconds(3))).containsExactly(A);
    debounce.touched(A, seconds(3));
    assertThat(debounce.due(seconds(5))).isEmpty();
    assertThat(debounce.due(seconds(6))).containsExactly(A);
  }

  @Test
  void due_noisyNeighbour_doesNotHoldBackTheQuietOne() {
    debounce.touched(A, seconds(0));
    debounce.touched(B, seconds(0));
    debounce.touched(B, seconds(2));
    assertThat(debounce.due(seconds(4))).containsExactly(A);
    assertThat(debounce.due(seconds(5))).containsExactly(B);
  }

  @Test
  void due_clockFromANegativeStart_works() {
    debounce.touched(A, -seconds(10));
    assertThat(debounce.due(-seconds(8))).isEmpty();
    assertThat(debounce.due(-seconds(7))).containsExactly(A);
  }

  @Test
  void touched_tooManyPaths_collapseToTheRoot() {
    for (int i = 0; i <= Debounce.MAX_PATHS; i++) {
      debounce.touched(RelativePath.of("f" + i), seconds(0));
    }
    assertThat(debounce.due(seconds(3))).containsExactly(RelativePath.ROOT);
  }

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }
}
