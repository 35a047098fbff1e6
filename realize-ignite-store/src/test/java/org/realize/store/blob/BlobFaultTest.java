package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.realize.store.blob.CacheRig.BLOCK;

import java.io.IOException;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/**
 * A cache at its limit on a disk one of whose effects fails, each of them in turn: creation, data,
 * force, name, hole, deletion, quarantine. The store goes on without a restart, last copies stay,
 * the limit holds, and what is committed is right.
 */
@Timeout(120)
class BlobFaultTest {

  private static final long MAX = 12L * BLOCK;
  private static final long SEED = Long.getLong("realize.seed", 7);

  @Test
  void inputOutputError_atEveryEffect_nothingIsLostOrCommittedWrongly() throws Exception {
    sweep(() -> new IOException("Input/output error"));
  }

  @Test
  void diskFull_atEveryEffect_nothingIsLostOrCommittedWrongly() throws Exception {
    sweep(() -> new DiskFullException("no space left on device"));
  }

  private static void sweep(Supplier<IOException> failure) throws Exception {
    int effects = 0;
    boolean failed = true;
    while (failed) {
      failed = new Machine(effects, failure.get()).goesOn();
      effects++;
    }
    assertThat(effects).isGreaterThan(100);
  }

  private static final class Machine {
    private final String run;
    private final long failing;
    private final MemoryDisk disk = new MemoryDisk(new ManualTime());
    private final CacheRig rig;
    private final List<SampleContent> last;
    private final List<SampleContent> others;

    Machine(int effects, IOException failure) throws Exception {
      run = "seed %d, %s at effect %d".formatted(SEED, failure.getMessage(), effects);
      rig = new CacheRig(SEED, disk, new CacheLimits(_ -> MAX, _ -> 0));
      last = rig.lastCopies(2);
      others = rig.offered(2, 8);
      failing = disk.effects() + effects;
      disk.failAfter(effects, failure);
    }

    /** False once there are not so many effects. */
    boolean goesOn() throws Exception {
      try {
        work(new SplittableRandom(SEED), true);
        boolean failed = disk.effects() > failing;
        disk.failAfter(Long.MAX_VALUE, new IOException("never"));
        assertThat(work(new SplittableRandom(SEED + 1), false)).as(run).isZero();
        check();
        rig.store.close();
        rig.open();
        check();
        return failed;
      } catch (AssertionError | RealizeException e) {
        throw new AssertionError(run, e);
      }
    }

    /** Returns how many steps failed. */
    private int work(RandomGenerator steps, boolean reopen) throws Exception {
      int failed = 0;
      for (int step = 0; step < 60; step++) {
        int n = steps.nextInt(others.size());
        try {
          switch (steps.nextInt(7)) {
            case 0 -> rig.read(others.get(n));
            case 1 -> rig.store.step();
            case 2 -> rig.store.evict(others.get(n).hash());
            case 3 -> {
              if (reopen) {
                reopen();
              }
            }
            default -> rig.fill(n + 2, others.get(n));
          }
        } catch (RealizeException e) {
          failed++;
        }
      }
      return failed;
    }

    /** As a daemon that is started again where its first start failed. */
    private void reopen() throws RealizeException {
      try {
        rig.store.close();
      } finally {
        try {
          rig.open();
        } catch (RealizeException e) {
          rig.open();
        }
      }
    }

    private void check() throws Exception {
      rig.store.commitAll();
      rig.store.step();
      rig.store.cleanup();
      StoreInvariants.check(rig.arena, rig.store);
      for (SampleContent content : last) {
        assertThat(rig.has(content)).isTrue();
      }
      long allocated =
          disk.entries(RelativePath.ROOT).entries().stream()
              .mapToLong(entry -> entry.allocatedBytes())
              .sum();
      assertThat(rig.store.report().usedBytes()).isEqualTo(allocated).isLessThanOrEqualTo(MAX);
    }
  }
}
