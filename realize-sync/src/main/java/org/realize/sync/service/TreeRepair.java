package org.realize.sync.service;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import org.realize.sync.content.LocalContent;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hash trees made again from the bytes, where the rows that should hold them are missing. At most
 * two contents are read at a time; a tree is committed in parts of {@value #NODES_PER_COMMIT}
 * nodes, only after the whole content was found right.
 */
final class TreeRepair {

  private static final Logger LOG = LoggerFactory.getLogger(TreeRepair.class);
  private static final int NODES_PER_COMMIT = 64;
  private static final int BUFFER_BYTES = 1 << 20;

  private record RepairPlace(int level, long index) {}

  private final Semaphore readers = new Semaphore(2);

  /**
   * The node at {@code level} that covers {@code block}, after all nodes of its tree were stored.
   * Cost: reading the whole content.
   */
  byte[] node(ServedArena arena, ContentRequest request, int level, long block)
      throws RealizeException {
    try {
      readers.acquire();
    } catch (InterruptedException e) {
      throw cancelled(request);
    }
    try {
      byte[] stored = arena.tree(request).node(level, block);
      if (stored == null) {
        store(arena, request, hash(arena, request));
        stored = arena.tree(request).node(level, block);
      }
      if (stored == null) {
        throw new NotFound(
            "node at level %d above block %d of '%s'".formatted(level, block, request.hint()));
      }
      return stored;
    } finally {
      readers.release();
    }
  }

  private static Map<RepairPlace, byte[]> hash(ServedArena arena, ContentRequest request)
      throws RealizeException {
    LOG.info("arena {}: make the hash tree of '{}' again", arena.arena().name(), request.hint());
    Map<RepairPlace, byte[]> nodes = new LinkedHashMap<>();
    TreeHasher hasher =
        new TreeHasher(
            (level, index, children) -> nodes.put(new RepairPlace(level, index), children));
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long size = request.sizeBytes();
    try (LocalContent bytes = arena.open(request)) {
      for (long offset = 0; offset < size; offset += BUFFER_BYTES) {
        if (Thread.currentThread().isInterrupted()) {
          throw cancelled(request);
        }
        buffer.clear().limit((int) Math.min(BUFFER_BYTES, size - offset));
        bytes.read(offset, buffer);
        hasher.update(buffer.flip());
      }
    }
    ContentHash hash = hasher.finish();
    if (!hash.equals(request.hash())) {
      throw new VersionGone("'" + request.hint() + "' is not what was indexed");
    }
    return nodes;
  }

  private static void store(
      ServedArena arena, ContentRequest request, Map<RepairPlace, byte[]> nodes)
      throws RealizeException {
    arena
        .arena()
        .store()
        .writeEach(
            List.copyOf(nodes.entrySet()),
            NODES_PER_COMMIT,
            (tx, node) ->
                tx.putTreeNode(
                    request.hash(), node.getKey().level(), node.getKey().index(), node.getValue()));
  }

  private static Unreachable cancelled(ContentRequest request) {
    Thread.currentThread().interrupt();
    return new Unreachable("hash '" + request.hint() + "' was cancelled");
  }
}
