package org.realize.sync.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.realize.sync.content.StoredTree.Match;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;

class StoredTreeTest {

  private static final int BLOCK = TreeShape.BLOCK_BYTES;

  private final ArenaRig rig = new ArenaRig();
  private final byte[] bytes = ScriptedPeer.bytes(1, 1026 * BLOCK + 1);
  private final Map<String, byte[]> nodes = new HashMap<>();
  private final Content.File content = hash();

  private Content.File hash() {
    TreeHasher hasher =
        new TreeHasher((level, index, children) -> nodes.put(level + "/" + index, children));
    hasher.update(bytes, 0, bytes.length);
    return new Content.File(hasher.finish(), bytes.length);
  }

  private byte[] node(String place) {
    return Objects.requireNonNull(nodes.get(place));
  }

  private StoredTree tree() {
    return new StoredTree(rig.store, content);
  }

  private void put(int level, long index, byte[] children) throws RealizeException {
    rig.store.write(writer -> {
      writer.putTreeNode(content.hash(), level, index, children);
      return children;
    });
  }

  private ByteBuffer block(int index) {
    return ByteBuffer.wrap(bytes, index * BLOCK, Math.min(BLOCK, bytes.length - index * BLOCK));
  }

  @Test
  void match_wholeTree_tellsRightFromWrong() throws Exception {
    put(2, 0, node("2/0"));
    put(1, 0, node("1/0"));
    put(1, 1, node("1/1"));
    StoredTree tree = tree();
    assertThat(tree.match(0, block(0))).isEqualTo(Match.RIGHT);
    assertThat(tree.match(1026, block(1026))).isEqualTo(Match.RIGHT);
    assertThat(tree.match(1, block(0))).isEqualTo(Match.WRONG);
  }

  @Test
  void match_nodeMissingOrWrong_isUnknown() throws Exception {
    put(1, 0, node("1/0"));
    assertThat(tree().match(0, block(0))).isEqualTo(Match.UNKNOWN);
    put(2, 0, node("2/0"));
    assertThat(tree().match(0, block(0))).isEqualTo(Match.RIGHT);
    assertThat(tree().match(1025, block(1025))).isEqualTo(Match.UNKNOWN);
    byte[] wrong = node("1/1").clone();
    wrong[3] ^= 1;
    put(1, 1, wrong);
    assertThat(tree().match(1025, block(1025))).isEqualTo(Match.UNKNOWN);
  }

  @Test
  void match_oneBlock_needsNoTree() throws Exception {
    byte[] small = ScriptedPeer.bytes(2, 100);
    StoredTree tree =
        new StoredTree(rig.store, new Content.File(TreeHasher.hash(small), small.length));
    assertThat(tree.match(0, ByteBuffer.wrap(small))).isEqualTo(Match.RIGHT);
    small[0] ^= 1;
    assertThat(tree.match(0, ByteBuffer.wrap(small))).isEqualTo(Match.WRONG);
  }

  @Test
  void put_rightNodesFromTheRootDown_areStored() throws Exception {
    StoredTree tree = tree();
    assertThat(tree.put(1, 1025, node("1/1"))).isEqualTo(Match.UNKNOWN);
    assertThat(tree.put(2, 1025, node("1/1"))).isEqualTo(Match.WRONG);
    assertThat(tree.put(2, 1025, node("2/0"))).isEqualTo(Match.RIGHT);
    assertThat(tree.put(1, 1025, node("1/0"))).isEqualTo(Match.WRONG);
    assertThat(tree.put(1, 1025, node("1/1"))).isEqualTo(Match.RIGHT);
    assertThat(tree.nodeInMemory(1, 1025)).isEqualTo(node("1/1"));
    assertThat(tree().match(1025, block(1025))).isEqualTo(Match.RIGHT);
  }
}
