package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException.Corrupt;

/** #compress: what shrinks is packed, where it pays. */
final class PackingTest {
  private static final int BYTES = 1 << 20;

  private static byte[] text() {
    return "all work and no play makes a dull page\n"
        .repeat(30_000)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] noise() {
    byte[] bytes = new byte[BYTES];
    new SplittableRandom(7).nextBytes(bytes);
    return bytes;
  }

  @Test
  void pack_text_shrinksAndComesBack() throws Exception {
    byte[] packed = PackedBytes.pack(text()).orElseThrow();
    assertThat(packed.length).isLessThan(text().length / 4);
    assertThat(PackedBytes.unpack(packed, 2 << 20)).isEqualTo(text());
  }

  @Test
  void pack_whatDoesNotShrinkOrIsTiny_isLeftAsItIs() {
    assertThat(PackedBytes.pack(noise())).isEmpty();
    assertThat(PackedBytes.pack(new byte[100])).isEmpty();
  }

  @Test
  void pack_fewBytesThatShrinkInNoise_isLeftAsItIs() {
    byte[] bytes = noise();
    Arrays.fill(bytes, 300_000, 340_000, (byte) 0);
    assertThat(PackedBytes.pack(bytes)).isEmpty();
  }

  @Test
  void unpack_whatIsLargerThanAllowedOrNoFrame_isCorrupt() {
    byte[] bomb = Zstd.compress(new byte[64 << 20]);
    assertThatThrownBy(() -> PackedBytes.unpack(bomb, BYTES)).isInstanceOf(Corrupt.class);
    assertThatThrownBy(() -> PackedBytes.unpack(new byte[] {1, 2, 3}, BYTES))
        .isInstanceOf(Corrupt.class);
    byte[] cut = PackedBytes.pack(text()).orElseThrow();
    assertThatThrownBy(() -> PackedBytes.unpack(Arrays.copyOf(cut, cut.length / 2), 2 << 20))
        .isInstanceOf(Corrupt.class);
  }

  /** How often of a hundred calls were packed, when one way takes so long and the other so long. */
  private static int packedCalls(long packedNanos, long plainNanos) {
    Packing packing = new Packing(Packing.Mode.AUTO);
    int packed = 0;
    for (int i = 0; i < 100; i++) {
      boolean packs = packing.packs();
      packed += packs ? 1 : 0;
      packing.note(packs, BYTES, packs ? packedNanos : plainNanos);
    }
    return packed;
  }

  @Test
  void packs_auto_takesTheFasterWayAndProbesTheOther() {
    assertThat(packedCalls(1_000_000, 4_000_000)).isBetween(88, 97);
    assertThat(packedCalls(4_000_000, 1_000_000)).isBetween(3, 12);
  }

  @Test
  void packs_onOrOff_isThat() {
    assertThat(new Packing(Packing.Mode.ON).packs()).isTrue();
    assertThat(new Packing(Packing.Mode.OFF).packs()).isFalse();
  }
}
