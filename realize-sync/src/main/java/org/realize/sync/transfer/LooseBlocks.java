package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;

/**
 * Verified blocks that the cache does not keep, the latest ones only: what was fetched ahead still
 * reaches its reader. Guarded by its monitor, below the lock of a fetch.
 */
final class LooseBlocks {

  private record BlockKey(ContentHash content, long index) {}

  private final Map<BlockKey, ByteBuffer> blocks;

  LooseBlocks(int maxBlocks) {
    blocks =
        new LinkedHashMap<>() {
          @Override
          protected boolean removeEldestEntry(Map.Entry<BlockKey, ByteBuffer> eldest) {
            return size() > maxBlocks;
          }
        };
  }

  synchronized void put(ContentHash content, long index, ByteBuffer bytes) {
    blocks.put(new BlockKey(content, index), bytes);
  }

  synchronized @Nullable ByteBuffer get(ContentHash content, long index) {
    return blocks.isEmpty() ? null : blocks.get(new BlockKey(content, index));
  }

  synchronized void remove(ContentHash content) {
    blocks.keySet().removeIf(key -> key.content().equals(content));
  }
}
