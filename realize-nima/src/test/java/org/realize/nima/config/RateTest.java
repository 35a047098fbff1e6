package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RateTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "16384, 16384",
    "512K, 524288",
    "2M, 2097152",
    "999999999G, 1073741822926258176"
  })
  void parse_validText_isBytesASecond(String text, long bytesPerSecond) {
    assertThat(Rate.parse(text)).isEqualTo(new Rate(bytesPerSecond));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "-1", "-512K", "K", "2m", "2 M", "2MB", "2MiB", "1.5M", "2M/s", "1000000000"})
  void parse_noRate_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rate.parse(text))
        .withMessageContaining("is no rate in bytes a second, such as 512K or 2M; 0 is no limit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "512", "15K", "16383"})
  void parse_tooSlowForABlock_isRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Rate.parse(text))
        .withMessageContaining("below the least limit, 16K; 0 is no limit");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "512K", "2M", "7G", "1536K", "2048G", "1000001"})
  void toString_anyRate_isReadBack(String text) {
    assertThat(Rate.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @CsvSource({"1024K, 1M", "16384, 16K", "00, 0"})
  void toString_otherText_isTheShortest(String text, String shortest) {
    assertThat(Rate.parse(text)).hasToString(shortest);
  }
}
