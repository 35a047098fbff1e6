package org.realize.sync.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class FileTimeTest {

  @Test
  void ofNanos_anySign_countsNanosecondsUpwards() {
    assertThat(FileTime.ofNanos(0)).isEqualTo(FileTime.EPOCH);
    assertThat(FileTime.ofNanos(-1)).isEqualTo(new FileTime(-1, 999_999_999));
    assertThat(FileTime.ofNanos(1_000_000_001)).isEqualTo(new FileTime(1, 1));
    assertThat(FileTime.ofNanos(Long.MIN_VALUE))
        .isEqualTo(new FileTime(-9_223_372_037L, 145_224_192));
    assertThat(FileTime.ofNanos(Long.MAX_VALUE))
        .isEqualTo(new FileTime(9_223_372_036L, 854_775_807));
  }

  @Test
  void isWithin_atTheEdges_isExactAndSymmetric() {
    FileTime time = new FileTime(100, 500);
    requireWithin(time, new FileTime(102, 500), true);
    requireWithin(time, new FileTime(102, 501), false);
    requireWithin(time, new FileTime(98, 500), true);
    requireWithin(time, new FileTime(98, 499), false);
    requireWithin(new FileTime(Long.MAX_VALUE, 0), new FileTime(Long.MIN_VALUE, 0), false);
    requireWithin(new FileTime(Long.MAX_VALUE, 0), new FileTime(-1, 0), false);
    requireWithin(new FileTime(16_725_225_600L, 1), new FileTime(16_725_225_601L, 0), true);
  }

  @Test
  void isWithin_atTheEndsOfTime_doesNotOverflow() {
    for (long end : new long[] {Long.MIN_VALUE, Long.MAX_VALUE}) {
      requireWithin(new FileTime(end, 7), new FileTime(end, 7), true);
      requireWithin(new FileTime(end, 7), FileTime.EPOCH, false);
    }
  }

  @Test
  void new_nanosOfNoSecond_isRefused() {
    assertThatThrownBy(() -> new FileTime(0, 1_000_000_000))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new FileTime(0, -1)).isInstanceOf(IllegalArgumentException.class);
  }

  private static void requireWithin(FileTime a, FileTime b, boolean expected) {
    assertThat(a.isWithin(2_000_000_000L, b)).isEqualTo(expected);
    assertThat(b.isWithin(2_000_000_000L, a)).isEqualTo(expected);
  }
}
