package org.realize.sync.delta;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.realize.sync.model.ContentHash;

/** The golden values were computed by an independent implementation; they never change. */
class TreeHasherTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;

  private record EmittedNode(int level, long index, int children) {}

  @ParameterizedTest
  @CsvSource({
    "0, dc845f0d35acc45549f5a6cea8e43522c048e37318806f8a05b088719f19e011",
    "1, cb85f1edef16636c84396f83a686925c21eb5a20056bca3570299b1cfde7e832",
    "131071, 387ca83f53001a81ba722da703d2866653c8251587177a0f8ca35c49cafcc3ea",
    "131072, 4bbd90d44ccf479251c34bb053f8bc69f10b1a22f227bcd0bb5de462a89ce3b1",
    "131073, 1be7d4163cbf85f10894a38f74787e1126eec64f3e9628c97c99539851e5e9f7",
    "393216, 65c8c9a07ee55f1697fa3e7db1474198a2c382e42a3e0e50f49dd3385a11164b",
    "134217728, 72a48dc7055b3202bc93ce63f919a542215ada85c862f76b13fffd37a11b1321",
    "134217729, a5a09e4aa5e245b05420063c8cfd729557818c56fb205ace53d6e7f640098eef",
    "134348800, 2b3e9c6cdd8e060be750fb4872f5465a9937ce80b07b33ecd7b9ac0416cbec30"
  })
  void finish_knownBytes_givesTheGoldenHash(long size, String golden) {
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    for (long block = 0; block * BLOCK < size; block++) {
      byte[] bytes = new byte[(int) Math.min(BLOCK, size - block * BLOCK)];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) ((i + block * 7 % 251) % 251);
      }
      hasher.update(bytes, 0, bytes.length);
    }

    assertThat(hasher.sizeBytes()).isEqualTo(size);
    assertThat(hasher.finish()).hasToString(golden);
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 0", "5, 131067, 9", "5, 131072, 1", "131072, 524288, 0", "7, 1000000, 3"})
  void updateZeros_anywhere_isAsTheBytesThemselves(int before, int zeros, int after) {
    byte[] bytes = new byte[before + zeros + after];
    new Random(1).nextBytes(bytes);
    java.util.Arrays.fill(bytes, before, before + zeros, (byte) 0);
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    hasher.update(bytes, 0, before);
    hasher.updateZeros(zeros);
    hasher.update(bytes, before + zeros, after);
    assertThat(hasher.sizeBytes()).isEqualTo(bytes.length);
    assertThat(hasher.finish()).isEqualTo(TreeHasher.hash(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "1048576, 4d6d63f13e504fceeec39ccc6835ae1de16f3a688d990ae544c199c621d6f5a2, 1025",
    "1048577, c81da15072acf4920d5f7e2a8c935e2795720e98eb3eb94174e5a6482f3fb6e7, 1028"
  })
  void finish_leavesOfThreeLevels_givesTheGoldenHash(long leaves, String golden, int nodes) {
    List<EmittedNode> emitted = new ArrayList<>();
    TreeBuilder builder =
        new TreeBuilder((level, index, list) -> emitted.add(node(level, index, list)));
    ByteBuffer leaf = ByteBuffer.allocate(ContentHash.BYTES);
    for (long i = 0; i < leaves; i++) {
      builder.addLeaf(leaf.putLong(24, i).array());
    }

    assertThat(builder.finish(leaves * BLOCK)).hasToString(golden);
    assertThat(emitted).hasSize(nodes).doesNotHaveDuplicates();
    assertFits(emitted, new TreeShape(leaves * BLOCK));
  }

  @Test
  void update_anyPieces_givesTheSameHash() {
    long seed = 7;
    Random random = new Random(seed);
    for (int round = 0; round < 40; round++) {
      byte[] bytes = new byte[random.nextInt(4 * BLOCK)];
      random.nextBytes(bytes);
      ContentHash whole = TreeHasher.hash(bytes);
      TreeHasher pieces = new TreeHasher(TreeHasher.NO_NODES);
      ByteBuffer source =
          random.nextBoolean()
              ? ByteBuffer.wrap(bytes)
              : ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
      while (source.hasRemaining()) {
        int length = Math.min(source.remaining(), 1 + random.nextInt(2 * BLOCK));
        ByteBuffer piece = source.slice(source.position(), length);
        pieces.update(piece);
        assertThat(piece.hasRemaining()).isFalse();
        source.position(source.position() + length);
      }
      assertThat(pieces.finish()).as("seed %d round %d", seed, round).isEqualTo(whole);
    }
  }

  @Test
  void finish_oneBlockOrLess_handsOutNoNode() {
    for (int size : new int[] {0, 1, BLOCK}) {
      List<EmittedNode> emitted = new ArrayList<>();
      TreeHasher hasher = collecting(emitted);
      hasher.update(new byte[size], 0, size);
      hasher.finish();
      assertThat(emitted).as("size %d", size).isEmpty();
    }
  }

  @Test
  void finish_usedAgain_startsAfresh() {
    List<EmittedNode> emitted = new ArrayList<>();
    TreeHasher hasher = collecting(emitted);
    byte[] large = new byte[1025 * BLOCK];
    hasher.update(large, 0, large.length);
    hasher.finish();

    assertThat(emitted)
        .containsExactly(
            new EmittedNode(1, 0, 1024), new EmittedNode(1, 1, 1), new EmittedNode(2, 0, 2));
    emitted.clear();
    byte[] small = new byte[2 * BLOCK + 1];
    hasher.update(small, 0, small.length);

    assertThat(hasher.finish()).isEqualTo(TreeHasher.hash(small));
    assertThat(emitted).containsExactly(new EmittedNode(1, 0, 3));
  }

  @Test
  void hash_zerosOfDifferentLengths_differs() {
    assertThat(TreeHasher.hash(new byte[BLOCK])).isNotEqualTo(TreeHasher.hash(new byte[BLOCK + 1]));
    assertThat(TreeHasher.hash(new byte[0])).isNotEqualTo(TreeHasher.hash(new byte[1]));
  }

  private static void assertFits(List<EmittedNode> emitted, TreeShape shape) {
    assertThat(emitted)
        .allSatisfy(node ->
            assertThat(node.children()).isEqualTo(shape.children(node.level(), node.index())));
    assertThat(emitted.getLast().level()).isEqualTo(shape.rootLevel());
  }

  private static TreeHasher collecting(List<EmittedNode> emitted) {
    return new TreeHasher((level, index, list) -> emitted.add(node(level, index, list)));
  }

  private static EmittedNode node(int level, long index, byte[] list) {
    return new EmittedNode(level, index, list.length / ContentHash.BYTES);
  }
}
