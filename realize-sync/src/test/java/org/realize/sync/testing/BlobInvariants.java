package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;

/**
 * The invariants of an arena's blobs: every committed range is readable, consists of whole blocks,
 * and matches the hash tree in the same store; file ids are unique; the sum is right. Reads all
 * committed ranges, so no range may be committed or deleted during the check.
 */
public final class BlobInvariants {

  private final ArenaStore store;
  private final BlobStore blobs;

  public BlobInvariants(ArenaStore store, BlobStore blobs) {
    this.store = store;
    this.blobs = blobs;
  }

  /** Throws {@link AssertionError} that names the first thing that does not hold. */
  public void check() throws RealizeException {
    List<BlobRow> rows = store.read(reader -> reader.blobs());
    assertThat(rows.stream().map(BlobRow::fileId)).as("file ids").doesNotHaveDuplicates();
    assertThat(blobs.cachedBytes())
        .as("cached bytes")
        .isEqualTo(rows.stream().mapToLong(row -> row.available().lengthBytes()).sum());
    for (BlobRow row : rows) {
      if (row.available().isEmpty()) {
        continue; // evicted: it only remembers who refers to it
      }
      try (Blob blob = blobs.find(row.hash()).orElseThrow()) {
        for (ByteRange range : row.available().ranges()) {
          check(row, blob, range);
        }
      }
    }
  }

  private void check(BlobRow row, Blob blob, ByteRange range) throws RealizeException {
    assertThat(blob.readable(range.startBytes(), range.endBytes()))
        .as("%s of blob %s is readable", range, row.hash())
        .isTrue();
    TreeShape shape = new TreeShape(row.sizeBytes());
    assertThat(range.startBytes() % TreeShape.BLOCK_BYTES).as("start of %s", range).isZero();
    for (long at = range.startBytes(); at < range.endBytes(); ) {
      long index = TreeShape.blockAt(at);
      ByteBuffer bytes = ByteBuffer.allocate(shape.blockLength(index));
      assertThat(at + bytes.capacity())
          .as("end of %s", range)
          .isLessThanOrEqualTo(range.endBytes());
      blob.read(at, bytes);
      assertThat(isRight(row.hash(), shape, index, bytes.flip()))
          .as("block %d of blob %s", index, row.hash())
          .isTrue();
      at += shape.blockLength(index);
    }
  }

  private boolean isRight(ContentHash content, TreeShape shape, long index, ByteBuffer bytes)
      throws RealizeException {
    TreeVerifier verifier = new TreeVerifier(content, shape);
    if (shape.blocks() <= 1) {
      return verifier.isWhole(bytes);
    }
    byte[] list = node(content, shape.rootLevel(), 0);
    assertThat(verifier.isRoot(list)).as("root of %s", content).isTrue();
    for (int level = shape.rootLevel() - 1; level >= 1; level--) {
      long node = shape.nodeOf(level, index);
      ContentHash expected = TreeVerifier.hashAt(list, shape.positionOf(level + 1, index));
      list = node(content, level, node);
      assertThat(verifier.isNode(level, node, list, expected))
          .as("node %d at level %d of %s", node, level, content)
          .isTrue();
    }
    return verifier.isBlock(index, bytes, TreeVerifier.hashAt(list, shape.positionOf(1, index)));
  }

  private byte[] node(ContentHash content, int level, long index) throws RealizeException {
    return store
        .read(reader -> reader.treeNode(content, level, index))
        .orElseThrow(
            () -> new AssertionError("no node (%d, %d) of %s".formatted(level, index, content)));
  }
}
