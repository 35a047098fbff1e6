package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoreSettingsTest {

  @ParameterizedTest
  @CsvSource({"96, 64", "128, 64", "200, 100", "256, 128", "512, 256", "495, 247", "4096, 256"})
  void defaultMemory_isHalfOfTheHeap_withinBounds(long heapMib, long memoryMib) {
    long bytes = StoreSettings.defaultMemory(heapMib << 20).bytes();
    assertThat(bytes >> 20).isEqualTo(memoryMib);
  }
}
