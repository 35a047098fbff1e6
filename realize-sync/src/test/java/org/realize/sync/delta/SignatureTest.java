package org.realize.sync.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException.Corrupt;

/** Block lengths, the layout, and signatures that lie. */
final class SignatureTest {
  private static final int ENTRY = 12;

  private static Signature of(byte[] bytes) {
    Signature.Builder builder = new Signature.Builder(bytes.length);
    builder.update(bytes, 0, bytes.length);
    return builder.finish();
  }

  @Test
  void blockBytes_isTheRootOfTheSizeWithinItsBounds() {
    assertThat(Signature.blockBytes(0)).isEqualTo(4096);
    assertThat(Signature.blockBytes(16 << 20)).isEqualTo(4096);
    assertThat(Signature.blockBytes(256 << 20)).isEqualTo(16_384);
    assertThat(Signature.blockBytes(1L << 30)).isEqualTo(32_768);
    assertThat(Signature.blockBytes(8L << 30)).isEqualTo(65_536);
    assertThat(Signature.blockBytes(64L << 30)).isEqualTo(65_536);
    assertThat(Signature.blockBytes((64L << 30) + 1)).isEqualTo(131_072);
    assertThat(Signature.blockBytes(Signature.MAX_SIZE_BYTES)).isEqualTo(Delta.MAX_TARGET_BYTES);
  }

  @Test
  void encode_sizes_agreeWithTheLayout() throws Exception {
    SplittableRandom random = new SplittableRandom(1);
    for (int size : new int[] {0, 1, 4095, 4096, 4097, 100_000}) {
      byte[] bytes = new byte[size];
      random.nextBytes(bytes);
      byte[] encoded = of(bytes).encode();
      assertThat(encoded).hasSize(9 + ENTRY * ((size + 4095) / 4096));
      assertThat(Signature.decode(encoded).encode()).isEqualTo(encoded);
    }
  }

  /** The layout is read by peers of other versions. */
  @Test
  void encode_aFewBytes_isAsItAlwaysWas() {
    assertThat(HexFormat.of().formatHex(of(new byte[] {1, 2, 3}).encode()))
        .isEqualTo("01" + "0000000000000003" + "9d77bf46" + "039058c6f2c0cb49");
  }

  @Test
  void decode_wrongLengths_areRefused() {
    byte[] encoded = of(new byte[20_000]).encode();
    for (int length : new int[] {0, 5, 8, 9, encoded.length - 1, encoded.length - ENTRY}) {
      byte[] cut = Arrays.copyOf(encoded, length);
      assertThatThrownBy(() -> Signature.decode(cut)).isInstanceOf(Corrupt.class);
    }
    byte[] longer = Arrays.copyOf(encoded, encoded.length + ENTRY);
    assertThatThrownBy(() -> Signature.decode(longer)).isInstanceOf(Corrupt.class);
    byte[] negative = encoded.clone();
    negative[1] = (byte) 0x80;
    assertThatThrownBy(() -> Signature.decode(negative)).isInstanceOf(Corrupt.class);
  }

  @Test
  void builder_otherNumberOfBytes_isRefused() {
    Signature.Builder builder = new Signature.Builder(3);
    builder.update(new byte[2], 0, 2);
    assertThatThrownBy(builder::finish).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> builder.update(new byte[2], 0, 2))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void roll_byEachByte_isTheHashOfTheWindow() {
    byte[] bytes = new byte[5_000];
    new SplittableRandom(2).nextBytes(bytes);
    for (int window : new int[] {1, 7, 8, 9, 4096}) {
      RollingHash rolling = new RollingHash(window);
      int hash = RollingHash.of(bytes, 0, window);
      for (int at = 0; at + window < bytes.length; at++) {
        hash = rolling.roll(hash, bytes[at], bytes[at + window]);
        assertThat(hash).isEqualTo(RollingHash.of(bytes, at + 1, window));
      }
    }
  }
}
