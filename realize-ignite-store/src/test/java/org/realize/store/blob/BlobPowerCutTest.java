package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

/**
 * Seeded work on blobs with the power cut, or the process killed, at every effect on the disk.
 * {@code -Drealize.blob.stores=N} plays N seeds.
 */
class BlobPowerCutTest {

  private static final int SEEDS = Integer.getInteger("realize.blob.stores", 3);
  private static final int STEPS = 25;

  private final ManualTime time = new ManualTime();

  @Test
  void powerCut_atEveryEffect_leavesOnlyRightBytesCommitted() throws Exception {
    sweep(Crash.POWER_CUT);
  }

  @Test
  void kill_atEveryEffect_leavesOnlyRightBytesCommitted() throws Exception {
    sweep(Crash.KILL);
  }

  private enum Crash {
    POWER_CUT,
    KILL
  }

  private void sweep(Crash crash) throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      int effects = 0;
      while (!survives(seed, effects, crash)) {
        effects++;
      }
      assertThat(effects).as("effects of seed %d", seed).isGreaterThan(20);
    }
  }

  /** Once looked at right after the crash, once worked with first, as a daemon does. */
  private boolean survives(int seed, int effects, Crash crash) throws Exception {
    boolean looked = new Household(seed).survives(effects, crash, true);
    boolean worked = new Household(seed).survives(effects, crash, false);
    return looked && worked;
  }

  /** One arena with its blobs, and what it was promised to keep. */
  private final class Household {
    private final int seed;
    private final MemoryDisk disk = new MemoryDisk(time);
    private final MemoryArenaStore arena;
    private final PromisedBlobs blobs;
    private SparseBlobStore store;

    Household(int seed) throws RealizeException {
      this.seed = seed;
      arena = new MemoryGlobalStore(new Random(seed)).memoryArena(new ArenaName("a"));
      blobs =
          new PromisedBlobs(new SplittableRandom(seed), arena, 0, 1_000, CacheRig.BLOCK, 300_000);
      store = SparseBlobStore.open(arena, disk, null, time);
    }

    /** Works until the disk stops after {@code effects}; false if it did. */
    boolean survives(int effects, Crash crash, boolean lookFirst) throws Exception {
      String run =
          "seed %d, %d effects, %s, look first: %b".formatted(seed, effects, crash, lookFirst);
      disk.powerOffAfter(effects);
      boolean done = works(new SplittableRandom(seed + 1000));
      RandomGenerator random = new SplittableRandom(31L * seed + effects);
      if (crash == Crash.POWER_CUT) {
        disk.powerCut(random);
        arena.powerCut(random);
      } else {
        disk.kill();
      }
      store = SparseBlobStore.open(arena, disk, null, time);
      if (lookFirst) {
        check(run);
      }
      assertThat(works(new SplittableRandom(seed + 2000))).as(run).isTrue();
      store.close();
      store = SparseBlobStore.open(arena, disk, null, time);
      check(run);
      store.close();
      return done;
    }

    private void check(String run) throws Exception {
      try {
        blobs.check(arena, store, disk);
      } catch (AssertionError | RealizeException e) {
        throw new AssertionError(run, e);
      }
    }

    /** False when the disk stopped meanwhile. */
    private boolean works(RandomGenerator random) throws Exception {
      try {
        for (int step = 0; step < STEPS; step++) {
          step(random);
        }
        disk.usage();
        return true;
      } catch (RealizeException.StorageFailed | java.io.IOException e) {
        return false;
      }
    }

    private void step(RandomGenerator random) throws RealizeException {
      switch (random.nextInt(8)) {
        case 0 -> blobs.delete(store, random);
        case 1 -> {
          store.close();
          store = SparseBlobStore.open(arena, disk, null, time);
        }
        case 2 -> store.commitAll();
        default -> blobs.write(arena, store, random);
      }
    }
  }
}
