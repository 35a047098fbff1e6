package org.realize.sync.delta;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ContentHash;

class TreeVerifierTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;

  private final Random random = new Random(11);

  private record At(int level, long index) {}

  /** A file with its tree as a peer would send it. */
  private static final class Sent {
    private final byte[] bytes;
    private final TreeVerifier verifier;
    private final Map<At, byte[]> nodes = new HashMap<>();

    Sent(byte[] bytes) {
      this.bytes = bytes;
      TreeHasher hasher =
          new TreeHasher((level, index, list) -> nodes.put(new At(level, index), list));
      hasher.update(ByteBuffer.wrap(bytes));
      verifier = TreeVerifier.of(hasher.finish(), bytes.length);
    }

    TreeVerifier verifier() {
      return verifier;
    }

    byte[] list(int level, long index) {
      return requireNonNull(nodes.get(new At(level, index)));
    }

    ByteBuffer block(long index) {
      return ByteBuffer.wrap(
          bytes, (int) TreeShape.blockOffset(index), verifier.shape().blockLength(index));
    }
  }

  private byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void everyPart_asSent_isVerifiedFromTheRootDown() {
    Sent sent = new Sent(randomBytes(1025 * BLOCK + 17));
    TreeVerifier verifier = sent.verifier();
    TreeShape shape = verifier.shape();

    assertThat(verifier.isRoot(sent.list(2, 0))).isTrue();
    for (long block = 0; block < shape.blocks(); block += 31) {
      byte[] list = sent.list(1, shape.nodeOf(1, block));
      ContentHash nodeHash = TreeVerifier.hashAt(sent.list(2, 0), shape.positionOf(2, block));
      ContentHash leaf = TreeVerifier.hashAt(list, shape.positionOf(1, block));
      assertThat(verifier.isNode(1, shape.nodeOf(1, block), list, nodeHash)).isTrue();
      ByteBuffer bytes = sent.block(block);
      assertThat(verifier.isBlock(block, bytes, leaf)).isTrue();
      assertThat(bytes.remaining()).isEqualTo(shape.blockLength(block));
    }
  }

  @Test
  void isRoot_anyBitFlipped_isRefused() {
    Sent sent = new Sent(randomBytes(3 * BLOCK));
    byte[] list = sent.list(1, 0);
    for (int bit = 0; bit < list.length * 8; bit++) {
      byte[] bad = list.clone();
      bad[bit / 8] ^= (byte) (1 << bit % 8);
      assertThat(sent.verifier().isRoot(bad)).as("bit %d", bit).isFalse();
    }
    assertThat(sent.verifier().isRoot(list)).isTrue();
  }

  @Test
  void isRoot_wrongLengthOrSize_isRefused() {
    Sent sent = new Sent(randomBytes(3 * BLOCK));
    byte[] list = sent.list(1, 0);

    assertThat(sent.verifier().isRoot(Arrays.copyOf(list, list.length - 32))).isFalse();
    assertThat(sent.verifier().isRoot(Arrays.copyOf(list, list.length + 32))).isFalse();
    assertThat(sent.verifier().isRoot(Arrays.copyOf(list, list.length + 1))).isFalse();
    ContentHash content = sent.verifier().content();
    assertThat(TreeVerifier.of(content, 3 * BLOCK - 1).isRoot(list)).isFalse();
  }

  @Test
  void isNode_listOfAnotherPlace_isRefused() {
    Sent sent = new Sent(randomBytes(1025 * BLOCK));
    TreeVerifier verifier = sent.verifier();
    ContentHash first = TreeVerifier.hashAt(sent.list(2, 0), 0);
    ContentHash second = TreeVerifier.hashAt(sent.list(2, 0), 1);

    assertThat(verifier.isNode(1, 0, sent.list(1, 0), first)).isTrue();
    assertThat(verifier.isNode(1, 0, sent.list(1, 0), second)).isFalse();
    assertThat(verifier.isNode(1, 1, sent.list(1, 0), first)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> verifier.isNode(2, 0, sent.list(2, 0), first));
  }

  @Test
  void isBlock_wrongBytesLengthOrPlace_isRefused() {
    Sent sent = new Sent(randomBytes(2 * BLOCK + 100));
    TreeVerifier verifier = sent.verifier();
    ContentHash leaf = TreeVerifier.hashAt(sent.list(1, 0), 0);
    byte[] bad = Arrays.copyOf(sent.bytes, BLOCK);
    bad[random.nextInt(BLOCK)] ^= 1;

    assertThat(verifier.isBlock(0, ByteBuffer.wrap(bad), leaf)).isFalse();
    assertThat(verifier.isBlock(0, sent.block(1), leaf)).isFalse();
    assertThat(verifier.isBlock(2, sent.block(0), leaf)).isFalse();
    assertThat(verifier.isBlock(0, sent.block(0).limit(BLOCK - 1), leaf)).isFalse();
    assertThat(verifier.isBlock(0, sent.block(0), leaf)).isTrue();
  }

  @Test
  void isWhole_smallFile_needsNoList() {
    for (int size : new int[] {0, 1, 100, BLOCK - 1, BLOCK}) {
      byte[] bytes = randomBytes(size);
      TreeVerifier verifier = TreeVerifier.of(TreeHasher.hash(bytes), size);
      assertThat(verifier.isWhole(ByteBuffer.wrap(bytes))).as("size %d", size).isTrue();
      assertThat(verifier.isWhole(ByteBuffer.allocate(size + 1))).isFalse();
      if (size > 0) {
        bytes[random.nextInt(size)] ^= 1;
        assertThat(verifier.isWhole(ByteBuffer.wrap(bytes))).isFalse();
      }
    }
    TreeVerifier large = new Sent(randomBytes(BLOCK + 1)).verifier();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> large.isWhole(ByteBuffer.allocate(BLOCK + 1)));
  }

  @Test
  void isNode_blockThatLooksLikeAList_isRefused() {
    byte[] list = new Sent(randomBytes(4 * BLOCK)).list(1, 0);
    TreeVerifier fake = TreeVerifier.of(TreeHasher.hash(list), list.length);

    assertThat(fake.isRoot(list)).isFalse();
    assertThat(fake.isWhole(ByteBuffer.wrap(list))).isTrue();
  }
}
