package org.realize.sync.rules;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.realize.sync.port.DiskUsage;

class CacheLimitsTest {

  private static DiskUsage disk(long totalBytes, long availableBytes) {
    return new DiskUsage(4096, totalBytes, availableBytes, availableBytes, 100, 50);
  }

  @Test
  void capacity_max_bindsWhileThereIsRoom() {
    CacheLimits limits = new CacheLimits(_ -> 300, _ -> 100);
    assertThat(limits.capacityBytes(disk(1_000, 900), 0)).isEqualTo(300);
    assertThat(limits.capacityBytes(disk(1_000, 600), 300)).isEqualTo(300);
  }

  @Test
  void capacity_othersFillTheDisk_shrinks() {
    CacheLimits limits = new CacheLimits(_ -> 300, _ -> 100);
    assertThat(limits.capacityBytes(disk(1_000, 50), 300)).isEqualTo(250);
    assertThat(limits.capacityBytes(disk(1_000, 0), 60)).isZero();
  }

  @Test
  void beside_filesThatCountAsCache_takeOfMax() {
    CacheLimits limits = new CacheLimits(_ -> 300, _ -> 100);
    assertThat(limits.beside(() -> 120).capacityBytes(disk(1_000, 900), 0)).isEqualTo(180);
    assertThat(limits.beside(() -> 400).capacityBytes(disk(1_000, 900), 0)).isZero();
    CacheLimits unlimited = new CacheLimits(CacheLimits.NO_MAX, _ -> 100);
    assertThat(unlimited.beside(() -> 400).capacityBytes(disk(1_000, 900), 0)).isEqualTo(800);
  }

  @Test
  void excess_ofFilesThatCountAsCache_leavesAPartOfMaxToTheCache_andRoomToTheDisk() {
    CacheLimits limits = new CacheLimits(_ -> 300, _ -> 100);
    assertThat(limits.excessBytes(disk(1_000, 900), 240, 0)).isZero();
    assertThat(limits.excessBytes(disk(1_000, 900), 250, 0)).isEqualTo(10);
    assertThat(limits.excessBytes(disk(1_000, 70), 240, 0)).isEqualTo(30);
    assertThat(limits.excessBytes(disk(1_000, 70), 240, 20)).isEqualTo(10);
    assertThat(limits.excessBytes(disk(1_000, 70), 240, 30)).isZero();
    assertThat(limits.excessBytes(disk(1_000, 70), 260, 30)).isEqualTo(20);
    assertThat(limits.excessBytes(disk(1_000, 0), 40, 0)).isEqualTo(40);
    CacheLimits unlimited = new CacheLimits(CacheLimits.NO_MAX, _ -> 100);
    assertThat(unlimited.excessBytes(disk(1_000, 900), 240, 0)).isZero();
  }

  @Test
  void capacity_usualLeave_isAShareOfTheDisk() {
    CacheLimits limits = new CacheLimits(CacheLimits.NO_MAX, CacheLimits.USUAL_LEAVE);
    assertThat(limits.capacityBytes(disk(1_000, 900), 10)).isEqualTo(860);
  }
}
