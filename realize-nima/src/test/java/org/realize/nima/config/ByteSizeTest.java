package org.realize.nima.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteSizeTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "7 B, 7",
    "1k, 1000",
    "1 KiB, 1024",
    "1.5 GiB, 1610612736",
    "20GB, 20000000000",
    "3 TiB, 3298534883328"
  })
  void parse_validText_givesBytes(String text, long bytes) {
    assertThat(ByteSize.parse(text)).isEqualTo(new ByteSize(bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "1 iB", "1 XB", "GB", "1e3", "99999999 PiB", "1 GB x"})
  void parse_invalidText_isRefused(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1048575, 1.0 MiB",
    "1610612736, 1.5 GiB",
    "9223372036854775807, 8192.0 PiB"
  })
  void toString_bytes_usesLargestUnit(long bytes, String text) {
    assertThat(new ByteSize(bytes)).hasToString(text);
  }

  @Test
  void bytesOf_shareOfDisk_isItsPart() {
    assertThat(CacheLimit.parse("25%").bytesOf(4000)).isEqualTo(1000);
    assertThat(CacheLimit.parse("1 k").bytesOf(4000)).isEqualTo(1000);
  }
}
