package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.realize.store.global.IgniteGlobalStore;
import org.realize.store.global.StoresOnNodes;
import org.realize.store.journal.CuttableFiles;
import org.realize.store.journal.IgniteNode;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/**
 * Blobs whose table is on an Ignite whose files lose what was not forced, fail, or have no room any
 * more. {@code -Drealize.blob.stores=N} plays N seeds of each.
 */
@Timeout(3_600)
class BlobStoreFaultTest {

  private static final int SEEDS = Integer.getInteger("realize.blob.stores", 2);
  private static final int STEPS = 40;
  private static final long REGION = 64L << 20;
  private static final ArenaName ARENA = new ArenaName("a");

  @TempDir private Path parent;

  /** One arena with its blobs, and what it was promised to keep. */
  private static final class Machine {
    final String run;
    final MemoryDisk disk = new MemoryDisk(new ManualTime());
    final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    final PromisedBlobs blobs;
    IgniteGlobalStore global;
    ArenaStore arena;
    SparseBlobStore store;

    Machine(String run, long seed, IgniteNode node) throws RealizeException {
      this.run = run;
      global = StoresOnNodes.open(node, failure::set);
      arena = global.arena(ARENA);
      blobs =
          new PromisedBlobs(
              new SplittableRandom(seed), arena, 0, 1_000, CacheRig.BLOCK, 300_000, 700_000);
      store = SparseBlobStore.open(arena, disk, null, new ManualTime());
    }

    /** Opens what is left, on sound files. */
    void reopen(Path directory) throws RealizeException {
      failure.set(null);
      global = StoresOnNodes.open(IgniteNode.start(directory, REGION), failure::set);
      arena = global.arena(ARENA);
      store = SparseBlobStore.open(arena, disk, null, new ManualTime());
    }

    /** False when disk or store stopped meanwhile. */
    boolean works(RandomGenerator random, int steps) {
      try {
        for (int step = 0; step < steps; step++) {
          step(random);
        }
        disk.usage();
        return true;
      } catch (StorageFailed | IOException e) {
        return false;
      } catch (RealizeException e) {
        throw new AssertionError(run, e);
      }
    }

    private void step(RandomGenerator random) throws RealizeException {
      switch (random.nextInt(10)) {
        case 0 -> blobs.delete(store, random);
        case 1 -> store.cleanup();
        case 2 -> store.commitAll();
        default -> blobs.write(arena, store, random);
      }
    }

    void check() {
      try {
        blobs.check(arena, store, disk);
        assertThat(failure.get()).isNull();
      } catch (AssertionError | RealizeException | IOException e) {
        throw new AssertionError(run, e);
      }
    }

    /** What was opened again works, and is right once more after a restart of the blobs. */
    void goOn(long seed) throws Exception {
      check();
      assertThat(works(new SplittableRandom(seed + 2_000), STEPS)).as(run).isTrue();
      store.close();
      store = SparseBlobStore.open(arena, disk, null, new ManualTime());
      check();
      store.close();
      global.close();
    }
  }

  @Test
  void powerCut_ofDiskAndStoreAtOnce_leavesOnlyRightBytesCommitted() throws Exception {
    for (long seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      CuttableFiles files = new CuttableFiles();
      Path before = parent.resolve("before" + seed);
      Path after = parent.resolve("after" + seed);
      Machine machine = new Machine("seed " + seed, seed, files.start(before, REGION));
      machine.disk.powerOffAfter(random.nextInt(120));
      assertThat(machine.works(random.split(), 4 * STEPS)).as(machine.run).isFalse();
      files.cut(before, after, random);
      machine.disk.powerCut(random);
      machine.global.close();
      machine.reopen(after);
      machine.goOn(seed);
    }
  }

  @Test
  void storesFiles_fail_daemonIsTold_nothingIsLost() throws Exception {
    stop("Input/output error");
  }

  @Test
  void storesFiles_haveNoRoomForAWhile_storeWaits_nothingIsLost() throws Exception {
    for (long seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      CuttableFiles files = new CuttableFiles();
      Path directory = parent.resolve("full" + seed);
      Machine machine = new Machine("seed " + seed, seed, files.start(directory, REGION));
      files.fullAfter(random.nextInt(60));
      Thread freeing =
          Thread.ofVirtual()
              .start(() -> {
                LockSupport.parkNanos(Duration.ofMillis(700).toNanos());
                files.fullAfter(Long.MAX_VALUE);
              });
      assertThat(machine.works(random.split(), 4 * STEPS)).as(machine.run).isTrue();
      freeing.join();
      assertThat(machine.failure.get()).as(machine.run).isNull();
      machine.store.close();
      machine.global.close();
      machine.reopen(directory);
      machine.goOn(seed);
    }
  }

  private void stop(String message) throws Exception {
    for (long seed = 0; seed < SEEDS; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      CuttableFiles files = new CuttableFiles();
      Path directory = parent.resolve("node" + seed);
      String run = "seed %d, %s".formatted(seed, message);
      Machine machine = new Machine(run, seed, files.start(directory, REGION));
      files.failAfter(random.nextInt(60), message);
      assertThat(machine.works(random.split(), 100 * STEPS)).as(run).isFalse();
      await(run).atMost(Duration.ofSeconds(60)).until(() -> machine.failure.get() != null);
      closeAsFarAsItGoes(machine.global);
      machine.disk.kill();
      machine.reopen(directory);
      machine.goOn(seed);
    }
  }

  private static void closeAsFarAsItGoes(IgniteGlobalStore global) {
    try {
      global.close();
    } catch (RealizeException e) {
      assertThat(e).isInstanceOf(StorageFailed.class);
    }
  }
}
