package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.delta.TreeVerifier;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The part of one content's hash tree that the arena's store holds. Every node is verified against
 * its parent, from the root down, before it is used; the latest {@value #MAX_IN_MEMORY} are kept on
 * the heap. Thread-safe: the lock is the map of these, and nothing is read while it is held.
 */
public final class StoredTree {

  private static final Logger LOG = LoggerFactory.getLogger(StoredTree.class);
  private static final int MAX_IN_MEMORY = 64;

  /** Comparison of a block with the hash that its content's author computed. */
  public enum Match {
    RIGHT,
    WRONG,
    /** A node of the tree is missing, or does not match its own hash. */
    UNKNOWN
  }

  private record NodePlace(int level, long index) {}

  private final ArenaStore store;
  private final Content.File content;
  private final TreeVerifier verifier;

  /** Guarded by itself. */
  private final Map<NodePlace, byte[]> verified =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<NodePlace, byte[]> eldest) {
          return size() > MAX_IN_MEMORY;
        }
      };

  public StoredTree(ArenaStore store, Content.File content) {
    this.store = store;
    this.content = content;
    verifier = TreeVerifier.of(content.hash(), content.sizeBytes());
  }

  public TreeVerifier verifier() {
    return verifier;
  }

  public TreeShape shape() {
    return verifier.shape();
  }

  /**
   * The child hashes of the node at {@code level} that covers {@code block}; null if this node, or
   * one above it, is not here.
   */
  public byte @Nullable [] node(int level, long block) throws RealizeException {
    NodePlace place = new NodePlace(level, shape().nodeOf(level, block));
    byte[] known = inMemory(place);
    if (known != null) {
      return known;
    }
    byte[] above = level == shape().rootLevel() ? null : node(level + 1, block);
    if (above == null && level < shape().rootLevel()) {
      return null;
    }
    byte[] row = store.read(r -> r.treeNode(content.hash(), level, place.index())).orElse(null);
    if (row == null) {
      return null;
    }
    if (!matches(place, block, row, above)) {
      LOG.error("stored node {} of {} does not match its hash", place, content.hash());
      return null;
    }
    remember(place, row);
    return row;
  }

  /** As {@link #node}, of those on the heap only: no access to the store. */
  public byte @Nullable [] nodeInMemory(int level, long block) {
    return inMemory(new NodePlace(level, shape().nodeOf(level, block)));
  }

  /** The hash of {@code block} in a content of several blocks; null if its node is not here. */
  public @Nullable ContentHash leaf(long block) throws RealizeException {
    byte[] node = node(1, block);
    return node == null ? null : TreeVerifier.hashAt(node, shape().positionOf(1, block));
  }

  /** Compares {@code block} with what remains in {@code bytes}, which is not consumed. */
  public Match match(long block, ByteBuffer bytes) throws RealizeException {
    if (shape().blocks() <= 1) {
      return verifier.isWhole(bytes) ? Match.RIGHT : Match.WRONG;
    }
    ContentHash leaf = leaf(block);
    if (leaf == null) {
      return Match.UNKNOWN;
    }
    return verifier.isBlock(block, bytes, leaf) ? Match.RIGHT : Match.WRONG;
  }

  /**
   * Takes the node at {@code level} that covers {@code block} from elsewhere, if it matches its
   * hash: {@code UNKNOWN} if the node above it is not here. A store that cannot keep it is no
   * failure.
   */
  public Match put(int level, long block, byte[] node) throws RealizeException {
    NodePlace place = new NodePlace(level, shape().nodeOf(level, block));
    byte[] above = level == shape().rootLevel() ? null : node(level + 1, block);
    if (above == null && level < shape().rootLevel()) {
      return Match.UNKNOWN;
    }
    if (!matches(place, block, node, above)) {
      return Match.WRONG;
    }
    remember(place, node);
    try {
      store.write(tx -> {
        tx.putTreeNode(content.hash(), level, place.index(), node);
      });
    } catch (RealizeException.StorageFailed e) {
      LOG.warn("keep node {} of {}: {}", place, content.hash().hex8(), e.oneLine());
    }
    return Match.RIGHT;
  }

  private boolean matches(NodePlace place, long block, byte[] node, byte @Nullable [] above) {
    return above == null
        ? verifier.isRoot(node)
        : verifier.isNode(
            place.level(),
            place.index(),
            node,
            TreeVerifier.hashAt(above, shape().positionOf(place.level() + 1, block)));
  }

  private byte @Nullable [] inMemory(NodePlace place) {
    synchronized (verified) {
      return verified.get(place);
    }
  }

  private void remember(NodePlace place, byte[] node) {
    synchronized (verified) {
      verified.put(place, node);
    }
  }
}
