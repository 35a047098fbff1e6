package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;

class DebounceTest {

  private static final RelativePath A = RelativePath.of("a");
  private static final RelativePath B = RelativePath.of("b");

  private Debounce debounce = new Debounce(Duration.ofSeconds(3), Duration.ofSeconds(60));

  @Test
  void due_quietPath_comesAfterThreeSeconds() {
    debounce.touched(A, seconds(0));
    assertThat(debounce.due(seconds(2.9)).paths()).isEmpty();
    assertThat(debounce.untilDue(seconds(2))).contains(Duration.ofSeconds(1));
    assertThat(debounce.due(seconds(3)).paths()).containsExactly(A);
    assertThat(debounce.untilDue(seconds(3))).isEmpty();
  }

  @Test
  void due_pathThatIsNeverQuiet_comesAfterSixtySeconds() {
    for (int second = 0; second < 60; second++) {
      debounce.touched(A, seconds(second));
      assertThat(debounce.due(seconds(second)).paths()).isEmpty();
    }
    debounce.touched(A, seconds(60));
    assertThat(debounce.due(seconds(60)).paths()).containsExactly(A);
  }

  @Test
  void due_pathTouchedAfterItWasTaken_waitsAnew() {
    debounce.touched(A, seconds(0));
    assertThat(debounce.due(seconds(3)).paths()).containsExactly(A);
    debounce.touched(A, seconds(3));
    assertThat(debounce.due(seconds(5)).paths()).isEmpty();
    assertThat(debounce.due(seconds(6)).paths()).containsExactly(A);
  }

  @Test
  void isTouched_onlyTheDirectoryAboveWaits_isFalse() {
    debounce.touched(A, seconds(0));
    assertThat(debounce.isTouched(A)).isTrue();
    assertThat(debounce.isTouched(A.child("new"))).isFalse();
  }

  @Test
  void isTouched_directoryWaitsInPlaceOfItsNames_isTrue() {
    for (int i = 0; i <= Debounce.MAX_NAMES; i++) {
      debounce.touched(A.child("n" + i), seconds(0));
    }
    assertThat(debounce.isTouched(A.child("other"))).isTrue();
    assertThat(debounce.isTouched(B)).isFalse();
  }

  @Test
  void due_noisyNeighbour_doesNotHoldBackTheQuietOne() {
    debounce.touched(A, seconds(0));
    debounce.touched(B, seconds(0));
    debounce.touched(B, seconds(2));
    assertThat(debounce.due(seconds(4)).paths()).containsExactly(A);
    assertThat(debounce.due(seconds(5)).paths()).containsExactly(B);
  }

  @Test
  void due_clockFromANegativeStart_works() {
    debounce.touched(A, -seconds(10));
    assertThat(debounce.due(-seconds(8)).paths()).isEmpty();
    assertThat(debounce.due(-seconds(7)).paths()).containsExactly(A);
  }

  @Test
  void touched_tooManyPaths_collapseToTheRoot() {
    for (int i = 0; i <= Debounce.MAX_PATHS; i++) {
      debounce.touched(RelativePath.of("f" + i), seconds(0));
    }
    assertThat(debounce.due(seconds(3)).paths()).containsExactly(RelativePath.ROOT);
  }

  @Test
  void touched_manyNamesOfOneDirectory_collapseToIt_andLeaveOthersAlone() {
    RelativePath busy = RelativePath.of("busy");
    debounce.touched(A, seconds(0));
    for (int i = 0; i <= Debounce.MAX_NAMES; i++) {
      debounce.touched(busy.child("f" + i), seconds(1));
    }
    assertThat(debounce.due(seconds(3)).paths()).containsExactly(A);
    debounce.touched(busy.child("late"), seconds(3.5));
    assertThat(debounce.due(seconds(5)).paths()).isEmpty();
    assertThat(debounce.due(seconds(6.5)).paths()).containsExactly(busy);
    debounce.touched(busy.child("f0"), seconds(7));
    assertThat(debounce.due(seconds(10)).paths()).containsExactly(busy.child("f0"));
  }

  @Test
  void touched_manyDirectories_collapseToTheRoot() {
    for (int i = 0; i <= Debounce.MAX_PATHS; i++) {
      debounce.touched(RelativePath.of("d" + i % 1000 + "/f" + i), seconds(0));
    }
    assertThat(debounce.due(seconds(3)).paths()).containsExactly(RelativePath.ROOT);
  }

  @Test
  void due_restless_areThoseThatWereNotQuiet() {
    debounce.touched(B, seconds(57));
    for (int second = 0; second <= 60; second++) {
      debounce.touched(A, seconds(second));
    }
    Debounce.Due due = debounce.due(seconds(60));
    assertThat(due.paths()).containsExactly(A, B);
    assertThat(due.restless()).containsExactly(A);
  }

  @Test
  void touched_nameThatMustStand_waitsLongerThanTheOthers() {
    debounce = new Debounce(Duration.ofMillis(500), Duration.ofSeconds(1));
    debounce.touched(A, seconds(0), Duration.ofSeconds(2));
    debounce.touched(B, seconds(0));
    assertThat(debounce.due(seconds(0.5)).paths()).containsExactly(B);
    assertThat(debounce.due(seconds(1.9)).paths()).isEmpty();
    assertThat(debounce.due(seconds(2)).paths()).containsExactly(A);
  }

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }
}
