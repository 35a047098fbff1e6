package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.BlobUse;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/** The reaper on the real blob store. */
class BlobReapingTest {

  private static final ContentHash HASH = new ContentHash(1, 2, 3, 4);
  private static final long CLUSTER = 4096;

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final MemoryArenaStore arena =
      new MemoryGlobalStore(new Random(1)).memoryArena(new ArenaName("photos"));

  @Test
  void step_unreferencedBlob_isPendingUntilItIsEvictedThenItGoes() throws Exception {
    try (SparseBlobStore store = SparseBlobStore.open(arena, disk, null, time)) {
      BlobReaper reaper = new BlobReaper(arena, store, time);
      fill(store, 100);
      assertThat(store.report().workingBytes()).isEqualTo(CLUSTER);
      settle(reaper);
      assertThat(store.report().workingBytes()).isZero();
      assertThat(store.report().pendingBytes()).isEqualTo(CLUSTER);
      assertThat(store.find(HASH)).get().satisfies(Blob::close);

      assertThat(store.evict(HASH)).isEqualTo(BlobStore.Evicted.GONE);
      assertThat(files()).isEmpty();
      assertThat(rows()).hasSize(1);
      settle(reaper);
      assertThat(rows()).isEmpty();
      assertThat(store.cachedBytes()).isZero();
    }
  }

  @Test
  void step_pendingBlob_isPendingAfterARestart() throws Exception {
    try (SparseBlobStore store = SparseBlobStore.open(arena, disk, null, time)) {
      fill(store, 100);
      settle(new BlobReaper(arena, store, time));
    }
    try (SparseBlobStore store = SparseBlobStore.open(arena, disk, null, time)) {
      assertThat(store.report().pendingBytes()).isEqualTo(CLUSTER);
      assertThat(rows().getFirst().use().area()).isEqualTo(BlobUse.Area.PENDING);
    }
  }

  @Test
  void step_unreferencedBlobWithoutBytes_goesWithItsFileOnceItIsClosed() throws Exception {
    try (SparseBlobStore store = SparseBlobStore.open(arena, disk, null, time)) {
      BlobReaper reaper = new BlobReaper(arena, store, time);
      try (Blob blob = store.open(HASH, 100)) {
        settle(reaper);
        blob.write(0, ByteBuffer.allocate(100));
        assertThat(blob.readable(0, 100)).isTrue();
        assertThat(files()).hasSize(1);
      }
      assertThat(files()).isEmpty();
      assertThat(rows()).isEmpty();
      assertThat(store.cachedBytes()).isZero();
    }
  }

  private static void fill(SparseBlobStore store, int bytes) throws Exception {
    try (Blob blob = store.open(HASH, bytes)) {
      blob.write(0, ByteBuffer.allocate(bytes));
      blob.commit();
    }
  }

  private void settle(BlobReaper reaper) throws Exception {
    for (int i = 0; i < 3; i++) {
      reaper.step();
      time.advance(Duration.ofMinutes(11));
    }
  }

  private List<BlobRow> rows() throws Exception {
    return arena.read(reader -> reader.blobs());
  }

  private List<String> files() throws Exception {
    return disk.list(RelativePath.ROOT).names();
  }
}
