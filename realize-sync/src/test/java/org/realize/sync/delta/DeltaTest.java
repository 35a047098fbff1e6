package org.realize.sync.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.RealizeException.Corrupt;

/** From old bytes to new ones by signature, delta and application; and deltas that lie. */
final class DeltaTest {
  private static final int EDITS_PER_KIND = 25;
  private static final long SEED = Long.getLong("realize.seed", 20_261_124);

  /** An edit of a file by a user. */
  enum Edit {
    NOTHING,
    INSERT,
    DELETE,
    MOVE,
    OVERWRITE,
    TRUNCATE,
    APPEND,
    REPEAT,
    HOLES,
    REPLACE;

    byte[] of(byte[] old, SplittableRandom random) {
      int from = random.nextInt(old.length + 1);
      int to = from + random.nextInt(Math.min(70_000, old.length - from) + 1);
      byte[] some = bytes(random, random.nextInt(30_000));
      byte[] before = Arrays.copyOf(old, from);
      byte[] part = Arrays.copyOfRange(old, from, to);
      byte[] after = Arrays.copyOfRange(old, to, old.length);
      return switch (this) {
        case NOTHING -> old.clone();
        case INSERT -> join(before, some, part, after);
        case DELETE -> join(before, after);
        case MOVE -> join(before, after, part);
        case OVERWRITE -> join(before, bytes(random, part.length), after);
        case TRUNCATE -> before;
        case APPEND -> join(old, some);
        case REPEAT -> join(before, part, part, part, after);
        case HOLES -> join(before, new byte[200_000], part, new byte[4096], after);
        case REPLACE -> bytes(random, random.nextInt(500_000));
      };
    }
  }

  private static byte[] bytes(SplittableRandom random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static Signature signature(byte[] old) throws Corrupt {
    Signature.Builder builder = new Signature.Builder(old.length);
    for (int at = 0; at < old.length; at += 10_000) {
      builder.update(old, at, Math.min(10_000, old.length - at));
    }
    return Signature.decode(builder.finish().encode());
  }

  private static List<byte[]> deltas(Signature signature, byte[] now, int step) throws IOException {
    List<byte[]> deltas = new ArrayList<>();
    DeltaEncoder encoder = new DeltaEncoder(signature, deltas::add);
    for (int at = 0; at < now.length; at += step) {
      encoder.update(now, at, Math.min(step, now.length - at));
    }
    encoder.finish();
    return deltas;
  }

  private static Delta.OldBytes reading(byte[] old) {
    return (offset, into, at, length) ->
        System.arraycopy(old, Math.toIntExact(offset), into, at, length);
  }

  private static byte[] applied(List<byte[]> deltas, byte[] old) throws Exception {
    ByteArrayOutputStream made = new ByteArrayOutputStream();
    for (byte[] encoded : deltas) {
      Delta delta = Delta.decode(encoded, old.length);
      byte[] target = new byte[delta.targetBytes()];
      delta.apply(reading(old), target, 0);
      made.writeBytes(target);
    }
    return made.toByteArray();
  }

  private static int size(List<byte[]> deltas) {
    return deltas.stream().mapToInt(each -> each.length).sum();
  }

  @ParameterizedTest
  @EnumSource
  void apply_afterAnyEdit_makesTheNewBytes(Edit edit) throws Exception {
    for (int i = 0; i < EDITS_PER_KIND; i++) {
      long seed = SEED + i;
      SplittableRandom random = new SplittableRandom(seed);
      int size = i == 0 ? 0 : random.nextInt(1 << (1 + i % 21));
      byte[] old = i % 3 == 0 ? new byte[size] : bytes(random, size);
      byte[] now = edit.of(old, random);
      List<byte[]> deltas = deltas(signature(old), now, 1 + random.nextInt(300_000));
      assertThat(applied(deltas, old)).as("%s, seed %d", edit, seed).isEqualTo(now);
    }
  }

  @Test
  void encode_scatteredChangesAndAnInsertion_isNotMuchMoreThanTheBlocksTouched() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] old = bytes(random, 4 << 20);
    byte[] now = join(Arrays.copyOf(old, 77_777), new byte[100], rest(old, 77_777));
    for (int change = 0; change < 10; change++) {
      now[random.nextInt(now.length)] ^= 1;
    }
    Signature signature = signature(old);
    List<byte[]> deltas = deltas(signature, now, 1 << 16);
    assertThat(applied(deltas, old)).isEqualTo(now);
    assertThat(size(deltas)).isLessThan(12 * signature.blockBytes() + 1000);
  }

  private static byte[] rest(byte[] bytes, int from) {
    return Arrays.copyOfRange(bytes, from, bytes.length);
  }

  @Test
  void encode_inPiecesOfAnySize_isTheSame() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] old = bytes(random, 1 << 20);
    byte[] now = Edit.INSERT.of(old, random);
    Signature signature = signature(old);
    byte[] whole = join(deltas(signature, now, now.length).toArray(byte[][]::new));
    for (int step : new int[] {1000, 4096, 65_537}) {
      assertThat(join(deltas(signature, now, step).toArray(byte[][]::new))).isEqualTo(whole);
    }
  }

  @Test
  void encode_moreThanOneDeltaHolds_cutsIt() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] old = bytes(random, 9 << 20);
    byte[] now = join(old, bytes(random, 5 << 20));
    List<byte[]> deltas = deltas(signature(old), now, 1 << 20);
    assertThat(deltas).hasSizeGreaterThanOrEqualTo(4);
    assertThat(applied(deltas, old)).isEqualTo(now);
  }

  /** #emptydelta: whoever made it can tell that nothing would change, and need not send it. */
  @Test
  void isUnchanged_sameBytesAtTheSamePlace_only() throws Exception {
    byte[] old = bytes(new SplittableRandom(SEED), 1 << 20);
    byte[] encoded = deltas(signature(old), old, 1 << 20).getFirst();
    Delta same = Delta.decode(encoded, old.length);
    assertThat(same.isUnchanged(0)).isTrue();
    assertThat(same.isUnchanged(4096)).isFalse();
    assertThat(encoded).hasSizeLessThanOrEqualTo(Delta.HEADER_BYTES + Delta.MAX_OPERATION_BYTES);
    byte[] changed = old.clone();
    changed[5] ^= 1;
    Delta other = Delta.decode(deltas(signature(old), changed, 1 << 20).getFirst(), old.length);
    assertThat(other.isUnchanged(0)).isFalse();
  }

  @Test
  void apply_ontoOtherOldBytes_isCorrupt() throws Exception {
    byte[] old = bytes(new SplittableRandom(SEED), 1 << 20);
    Delta delta = Delta.decode(deltas(signature(old), old, 1 << 20).getFirst(), old.length);
    byte[] other = old.clone();
    other[700_000] ^= 1;
    byte[] target = new byte[delta.targetBytes()];
    assertThatThrownBy(() -> delta.apply(reading(other), target, 0)).isInstanceOf(Corrupt.class);
  }

  @Test
  void decode_bytesChangedAnywhere_isRefusedOrFailsItsHash() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    byte[] old = bytes(random, 300_000);
    byte[] now = Edit.MOVE.of(join(old, bytes(random, 9_000)), random);
    byte[] encoded = deltas(signature(old), now, now.length).getFirst();
    for (int i = 0; i < 3_000; i++) {
      byte[] bad = encoded.clone();
      int header = Math.min(bad.length, 60);
      bad[random.nextInt(i % 2 == 0 ? header : bad.length)] ^= (byte) (1 << random.nextInt(8));
      if (i % 5 == 0) {
        bad = Arrays.copyOf(bad, random.nextInt(bad.length + 100));
      }
      byte[] tried = bad;
      assertThatThrownBy(() -> applied(List.of(tried), old))
          .as("seed %d, change %d", SEED, i)
          .isInstanceOf(Corrupt.class);
    }
  }

  @Test
  void decode_copyBeyondTheOldBytes_isRefused() throws Exception {
    byte[] old = bytes(new SplittableRandom(SEED), 1 << 20);
    byte[] encoded = deltas(signature(old), old, 1 << 20).getFirst();
    assertThatThrownBy(() -> Delta.decode(encoded, old.length - 1)).isInstanceOf(Corrupt.class);
  }

  /** Every window has the rolling hash of some block and no window its strong one. */
  @Test
  void encode_signatureMadeToWasteTime_hashesNoMoreThanAFewTimesTheBytes() throws Exception {
    byte[] zeros = new byte[32 << 20];
    byte[] lying = signature(zeros).encode();
    int block = Signature.blockBytes(zeros.length);
    for (int at = 9; at < lying.length; at += 12) {
      lying[at + 4] ^= 1;
    }
    List<byte[]> deltas = new ArrayList<>();
    DeltaEncoder encoder = new DeltaEncoder(Signature.decode(lying), deltas::add);
    encoder.update(zeros, 0, zeros.length);
    encoder.finish();
    assertThat(encoder.bytesHashedInVain()).isLessThan((8L << 20) + 5L * zeros.length + block);
    assertThat(applied(deltas, zeros)).isEqualTo(zeros);
  }
}
