package org.realize.sync.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TreeShapeTest {

  private static final long BLOCK = TreeShape.BLOCK_BYTES;

  @ParameterizedTest
  @CsvSource({
    "0, 0, 1",
    "1, 1, 1",
    "131072, 1, 1",
    "131073, 2, 1",
    "134217728, 1024, 1",
    "134217729, 1025, 2",
    "137438953472, 1048576, 2",
    "137438953473, 1048577, 3",
    "9223372036854775807, 70368744177664, 5"
  })
  void rootLevel_atEveryBoundary_followsFromTheBlocks(long size, long blocks, int rootLevel) {
    TreeShape shape = new TreeShape(size);

    assertThat(shape.blocks()).isEqualTo(blocks);
    assertThat(shape.rootLevel()).isEqualTo(rootLevel);
    assertThat(shape.nodes(0)).isEqualTo(blocks);
    assertThat(shape.nodes(rootLevel)).isEqualTo(1);
  }

  @Test
  void children_ofAllNodesOfALevel_sumUpToTheLevelBelow() {
    for (long blocks : new long[] {0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 1_048_577}) {
      TreeShape shape = new TreeShape(blocks * BLOCK);
      for (int level = 1; level <= shape.rootLevel(); level++) {
        int at = level;
        long sum = LongStream.range(0, shape.nodes(level)).map(i -> shape.children(at, i)).sum();
        assertThat(sum).as("%d blocks, level %d", blocks, level).isEqualTo(shape.nodes(level - 1));
      }
    }
  }

  @Test
  void nodeOf_everyBlock_descendsFromTheRootToTheLeaf() {
    TreeShape shape = new TreeShape(3_000_000 * BLOCK);
    for (long block = 0; block < shape.blocks(); block += 997) {
      long index = 0;
      for (int level = shape.rootLevel(); level >= 1; level--) {
        assertThat(shape.nodeOf(level, block)).isEqualTo(index);
        assertThat(shape.positionOf(level, block)).isLessThan(shape.children(level, index));
        index = index * TreeShape.FANOUT + shape.positionOf(level, block);
      }
      assertThat(index).isEqualTo(block);
    }
  }

  @Test
  void blockLength_lastBlock_isTheRest() {
    TreeShape shape = new TreeShape(2 * BLOCK + 5);

    assertThat(shape.blockLength(0)).isEqualTo(TreeShape.BLOCK_BYTES);
    assertThat(shape.blockLength(2)).isEqualTo(5);
    assertThat(TreeShape.blockAt(2 * BLOCK - 1)).isEqualTo(1);
    assertThat(TreeShape.blockAt(2 * BLOCK)).isEqualTo(2);
    assertThatThrownBy(() -> shape.blockLength(3)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> shape.blockLength(-1)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  @Test
  void anyQuestion_outsideTheTree_isRefused() {
    TreeShape shape = new TreeShape(5);

    assertThatThrownBy(() -> shape.children(0, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> shape.children(1, 1)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> shape.nodes(2)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> shape.positionOf(0, 0)).isInstanceOf(IndexOutOfBoundsException.class);
    assertThatIllegalArgumentException().isThrownBy(() -> new TreeShape(-1));
  }
}
