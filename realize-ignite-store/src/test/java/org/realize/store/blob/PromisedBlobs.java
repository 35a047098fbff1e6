package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.testing.MemoryDisk;

/** Contents that a test writes in part, and how many bytes of each it was promised to keep. */
final class PromisedBlobs {

  private static final int MAX_BLOCKS_AT_ONCE = 3;

  private final List<SampleContent> contents = new ArrayList<>();
  private final Map<ContentHash, Long> promised = new HashMap<>();

  /** Contents of these sizes, durable in the arena with their trees. */
  PromisedBlobs(RandomGenerator random, ArenaStore arena, int... sizes) throws RealizeException {
    for (int size : sizes) {
      contents.add(new SampleContent(random, size, arena));
    }
    arena.force();
  }

  private SampleContent any(RandomGenerator random) {
    return contents.get(random.nextInt(contents.size()));
  }

  /** Writes some blocks; commits them or not, and makes that durable or not. */
  void write(ArenaStore store, SparseBlobStore blobs, RandomGenerator random)
      throws RealizeException {
    SampleContent content = any(random);
    try (Blob blob = blobs.open(content.hash(), content.size())) {
      for (int i = random.nextInt(MAX_BLOCKS_AT_ONCE + 1); i > 0 && content.blocks() > 0; i--) {
        int index = random.nextInt(content.blocks());
        blob.write((long) index * CacheRig.BLOCK, content.block(index));
      }
      if (random.nextBoolean()) {
        blob.commit();
        long committed = blob.readable().lengthBytes();
        if (random.nextBoolean()) {
          store.force();
          promised.put(content.hash(), committed);
        }
      }
    }
  }

  void delete(SparseBlobStore blobs, RandomGenerator random) throws RealizeException {
    SampleContent content = any(random);
    promised.remove(content.hash());
    blobs.delete(content.hash());
  }

  /**
   * The invariants hold of a store that was opened anew, files and rows are the same, and what was
   * promised is there.
   */
  void check(ArenaStore store, SparseBlobStore blobs, MemoryDisk disk)
      throws RealizeException, IOException {
    StoreInvariants.checkAfterCrash(store, blobs);
    List<BlobRow> rows = store.read(reader -> reader.blobs());
    assertThat(CacheRig.files(disk)).containsExactlyInAnyOrderElementsOf(CacheRig.names(rows));
    for (Map.Entry<ContentHash, Long> kept : promised.entrySet()) {
      Optional<BlobRow> present = store.read(reader -> reader.blob(kept.getKey()));
      assertThat(present)
          .hasValueSatisfying(row ->
              assertThat(row.available().lengthBytes()).isGreaterThanOrEqualTo(kept.getValue()));
    }
  }
}
