package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.store.blob.CacheRig.BLOCK;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.model.RealizeException;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/**
 * A cache at its limit that fills, reads, updates and evicts, with the power cut or the process
 * killed at every effect on the disk. Last copies survive everything, the limit holds, and what is
 * committed is right.
 */
@Timeout(120)
class BlobEvictionCrashTest {

  private static final int SEEDS = 2;
  private static final long MAX = 12L * BLOCK;

  @Test
  void powerCut_atEveryEffect_keepsLastCopiesAndTheLimit() throws Exception {
    sweep(true);
  }

  @Test
  void kill_atEveryEffect_keepsLastCopiesAndTheLimit() throws Exception {
    sweep(false);
  }

  private static void sweep(boolean cut) throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      int effects = 0;
      while (!survives(seed, effects, cut)) {
        effects++;
      }
      assertThat(effects).as("effects of seed %d", seed).isGreaterThan(40);
    }
  }

  /** Once looked at right after the crash, once worked with first, as a daemon does. */
  private static boolean survives(int seed, int effects, boolean cut) throws Exception {
    boolean looked = new Machine(seed, effects, cut).survives(true);
    boolean worked = new Machine(seed, effects, cut).survives(false);
    return looked && worked;
  }

  private static final class Machine {
    private final String run;
    private final boolean cut;
    private final RandomGenerator random;
    private final MemoryDisk disk = new MemoryDisk(new ManualTime());
    private final CacheRig rig;
    private final List<SampleContent> last;
    private final List<SampleContent> others;

    Machine(int seed, int effects, boolean cut) throws Exception {
      run = "seed %d, %d effects, %s".formatted(seed, effects, cut ? "power cut" : "kill");
      this.cut = cut;
      random = new SplittableRandom(31L * seed + effects);
      rig = new CacheRig(seed, disk, new CacheLimits(_ -> MAX, _ -> 0));
      last = rig.lastCopies(2);
      others = rig.offered(2, 8);
      rig.arena.force();
      disk.powerOffAfter(effects);
    }

    boolean survives(boolean lookFirst) throws Exception {
      boolean done = works(new SplittableRandom(7));
      if (cut) {
        disk.powerCut(random);
        rig.arena.powerCut(random);
      } else {
        disk.kill();
      }
      rig.open();
      if (lookFirst) {
        check();
      }
      assertThat(works(new SplittableRandom(8))).as(run).isTrue();
      check();
      return done;
    }

    /** False when the disk stopped meanwhile. */
    private boolean works(RandomGenerator steps) throws Exception {
      try {
        for (int step = 0; step < 20; step++) {
          int n = steps.nextInt(others.size());
          switch (steps.nextInt(5)) {
            case 0 -> rig.read(others.get(n));
            case 1 -> rig.store.step();
            default -> rig.fill(n + 2, others.get(n));
          }
        }
        rig.store.close();
        rig.open();
        disk.usage();
        return true;
      } catch (RealizeException.StorageFailed | java.io.IOException e) {
        return false;
      }
    }

    private void check() throws Exception {
      try {
        StoreInvariants.checkAfterCrash(rig.arena, rig.store);
        for (SampleContent content : last) {
          assertThat(rig.has(content)).isTrue();
        }
        assertThat(rig.store.report().usedBytes()).isLessThanOrEqualTo(MAX);
        assertThat(rig.store.report().usedBytes()).isEqualTo(allocated());
      } catch (AssertionError | RealizeException e) {
        throw new AssertionError(run, e);
      }
    }

    /** What the blobs' files take, those without ranges left out, which are empty then. */
    private long allocated() throws Exception {
      return disk.entries(org.realize.sync.model.RelativePath.ROOT).entries().stream()
          .mapToLong(entry -> entry.allocatedBytes())
          .sum();
    }
  }
}
