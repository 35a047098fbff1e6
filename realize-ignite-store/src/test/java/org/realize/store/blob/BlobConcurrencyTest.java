package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/**
 * Many threads on one store. {@code -Drealize.blob.seconds=N} plays the full cache for so long;
 * that is what {@code scripts/chaos --blob-threads} does.
 */
class BlobConcurrencyTest {

  private static final int THREADS = 8;
  private static final int STEPS = 400;

  /** How long the long form runs; 0 for the short one, which counts its steps. */
  private static final long SECONDS = Long.getLong("realize.blob.seconds", 0);

  /** From the number of a file's path to that of its other name. */
  private static final int RENAMED = 100;

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final MemoryArenaStore arena =
      new MemoryGlobalStore(new Random(1)).memoryArena(new ArenaName("a"));
  private final List<SampleContent> contents = new ArrayList<>();

  @Test
  void everyOperation_fromManyThreads_keepsTheInvariants() throws Exception {
    for (int size : new int[] {0, 1, 131_072, 400_000}) {
      contents.add(new SampleContent(new SplittableRandom(size), size, arena));
    }
    for (int seed = 0; seed < 3; seed++) {
      SparseBlobStore store = SparseBlobStore.open(arena, disk, null, time);
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        List<Future<Void>> running = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
          running.add(threads.submit(worker(store, new SplittableRandom(seed * 100L + thread))));
        }
        for (Future<Void> each : running) {
          each.get();
        }
      }
      store.commitAll();
      store.cleanup();
      StoreInvariants.check(arena, store);
      store.close();
      List<BlobRow> rows = arena.read(reader -> reader.blobs());
      assertThat(disk.list(org.realize.sync.model.RelativePath.ROOT).names())
          .as("seed %d", seed)
          .containsExactlyInAnyOrderElementsOf(CacheRig.names(rows));
    }
  }

  /**
   * A cache that is always full, read, filled, evicted and renamed in: what is open, marked or a
   * last copy stays, the sums hold.
   */
  @Test
  void everyOperation_atTheLimitFromManyThreads_keepsTheLimitAndTheSums() throws Exception {
    CacheRig rig = new CacheRig(24L * CacheRig.BLOCK);
    List<SampleContent> all = new ArrayList<>();
    for (int n = 0; n < 40; n++) {
      all.add(rig.content(n, 1 + n % 4, n >= 2));
    }
    for (int n = 0; n < 2; n++) {
      rig.fill(n, all.get(n));
    }
    for (int n = 0; n < all.size(); n++) {
      rig.rename(n, n + RENAMED);
      rig.rename(n + RENAMED, n);
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> running = new ArrayList<>();
      for (int thread = 0; thread < 8 * THREADS; thread++) {
        running.add(threads.submit(cacheWorker(rig, all, new SplittableRandom(thread))));
      }
      for (Future<Void> each : running) {
        each.get();
      }
    }
    rig.store.commitAll();
    rig.store.cleanup();
    rig.store.step();
    StoreInvariants.check(rig.arena, rig.store);
    assertThat(rig.store.report().usedBytes()).isEqualTo(rig.usedOnDisk());
    assertThat(rig.usedOnDisk()).isLessThanOrEqualTo(24L * CacheRig.BLOCK);
    for (int n = 0; n < 2; n++) {
      assertThat(rig.has(all.get(n))).as("last copy %d", n).isTrue();
    }
  }

  private static Callable<Void> cacheWorker(
      CacheRig rig, List<SampleContent> all, RandomGenerator random) {
    BlobReaper reaper = new BlobReaper(rig.arena, rig.store, rig.time);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    return () -> {
      for (int step = 0; step < STEPS / 8 || System.nanoTime() < end; step++) {
        int n = random.nextInt(all.size());
        switch (random.nextInt(15)) {
          case 0 -> rig.store.evict(all.get(n).hash());
          case 1 -> rig.time.advance(RangeCommitter.DELAY);
          case 2 -> rig.store.step();
          case 3 -> rig.store.cleanup();
          case 4, 5, 6 ->
              rig.store.find(all.get(n).hash()).ifPresent(blob -> readAndClose(blob, all.get(n)));
          case 7 -> rig.rename(n, n + RENAMED);
          case 8 -> rig.rename(n + RENAMED, n);
          case 9 -> {
            rig.time.advance(BlobReaper.GRACE);
            reaper.step();
          }
          default -> {
            try {
              rig.fill(all.get(n), n, n + RENAMED);
            } catch (RealizeException.DiskFull e) {
              // All the rest is open just now.
            }
            assertThat(rig.usedOnDisk()).isLessThanOrEqualTo(24L * CacheRig.BLOCK);
          }
        }
      }
      return null;
    };
  }

  private Callable<Void> worker(SparseBlobStore store, RandomGenerator random) {
    return () -> {
      for (int step = 0; step < STEPS; step++) {
        SampleContent content = contents.get(random.nextInt(contents.size()));
        switch (random.nextInt(10)) {
          case 0 -> store.delete(content.hash());
          case 1 -> time.advance(RangeCommitter.DELAY);
          case 2, 3 -> store.find(content.hash()).ifPresent(blob -> readAndClose(blob, content));
          default -> write(store, content, random);
        }
      }
      return null;
    };
  }

  private static void write(SparseBlobStore store, SampleContent content, RandomGenerator random)
      throws Exception {
    try (Blob blob = store.open(content.hash(), content.size())) {
      if (content.blocks() > 0) {
        int index = random.nextInt(content.blocks());
        blob.write(index * 131_072L, content.block(index));
        if (random.nextInt(4) == 0) {
          blob.commit();
        }
      }
      read(blob, content);
    }
  }

  private static void readAndClose(Blob blob, SampleContent content) {
    try (blob) {
      read(blob, content);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void read(Blob blob, SampleContent content) throws Exception {
    for (ByteRange range : blob.readable().ranges()) {
      for (long at = range.startBytes(); at < range.endBytes(); at += 131_072) {
        ByteBuffer expected = content.block((int) (at / 131_072));
        ByteBuffer seen = ByteBuffer.allocate(expected.remaining());
        blob.read(at, seen);
        assertThat(seen.flip()).isEqualTo(expected);
      }
    }
  }
}
