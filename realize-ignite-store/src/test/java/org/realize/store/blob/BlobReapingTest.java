package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/** The reaper on the real blob store. */
class BlobReapingTest {

  private static final ContentHash HASH = new ContentHash(1, 2, 3, 4);

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final MemoryArenaStore arena =
      new MemoryGlobalStore(new Random(1)).memoryArena(new ArenaName("photos"));

  @Test
  void step_unreferencedBlob_goesWithItsFileOnceItIsClosed() throws Exception {
    try (SparseBlobStore store = SparseBlobStore.open(arena, disk, null, time)) {
      BlobReaper reaper = new BlobReaper(arena, store, time);
      try (Blob blob = store.open(HASH, 100)) {
        blob.write(0, ByteBuffer.allocate(100));
        blob.claim();
        reaper.step();
        time.advance(BlobReaper.GRACE);
        reaper.step();
        assertThat(blob.readable(0, 100)).isTrue();
        assertThat(files()).hasSize(1);
      }
      assertThat(files()).isEmpty();
      List<BlobRow> rows = arena.read(reader -> reader.blobs());
      assertThat(rows).isEmpty();
      assertThat(store.cachedBytes()).isZero();
    }
  }

  private List<String> files() throws Exception {
    return disk.list(RelativePath.ROOT).names();
  }
}
