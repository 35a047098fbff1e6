package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.BatchSync.Unforced;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

class BatchSyncTest {
  private static final long BTRFS = 0x9123683EL;
  private static final int BATCHES = 120;
  private static final int FILES = 20;

  private final ManualTime time = new ManualTime();
  private final CostlyDisk disk = new CostlyDisk();
  private final BatchSync sync = new BatchSync(disk, time);

  /** A disk whose syncs take their time, and of the given type. */
  private final class CostlyDisk extends ForwardingDisk {
    final AtomicInteger wholes = new AtomicInteger();
    final AtomicInteger files = new AtomicInteger();
    volatile long type = MemoryDisk.EXT4;
    volatile Duration whole = Duration.ZERO;
    volatile Duration each = Duration.ofMillis(1);
    volatile boolean isUnreadable;

    CostlyDisk() {
      super(new MemoryDisk(time));
    }

    @Override
    public long fileSystemType(RelativePath directory) {
      return type;
    }

    @Override
    public void forceFileSystem(RelativePath directory) {
      time.advance(whole);
      wholes.incrementAndGet();
    }

    @Override
    public void forceFile(RelativePath path) throws IOException {
      if (isUnreadable) {
        throw new AccessDeniedException(path.toString());
      }
      time.advance(each);
      files.incrementAndGet();
    }
  }

  private void force(int files) {
    Unforced unforced = new Unforced();
    for (int file = 0; file < files; file++) {
      unforced.addFile(RelativePath.of("f" + file));
    }
    assertThat(sync.force(RelativePath.ROOT, unforced)).isEmpty();
  }

  private void forceBatches() {
    for (int batch = 0; batch < BATCHES; batch++) {
      force(FILES);
    }
  }

  @Test
  void force_syncOfAllIsFaster_isUsed_theOtherIsMeasuredNowAndThen() {
    disk.whole = Duration.ofMillis(FILES / 2);
    forceBatches();
    assertThat(disk.files.get() / FILES).isBetween(2, 4);
    assertThat(disk.wholes.get()).isGreaterThan(BATCHES - 5);
  }

  @Test
  void force_othersWriteMuch_eachIsForced_untilTheyStop() {
    disk.whole = Duration.ofSeconds(10);
    forceBatches();
    assertThat(disk.wholes.get()).isBetween(2, 4);
    disk.whole = Duration.ofMillis(1);
    forceBatches();
    assertThat(disk.wholes.get()).isGreaterThan(BATCHES / 2);
  }

  @Test
  void force_fewFiles_areForcedEach() {
    force(3);
    assertThat(disk.files.get()).isEqualTo(3);
    assertThat(disk.wholes.get()).isZero();
  }

  @Test
  void force_btrfs_neverEach_tmpfs_nothing_unknown_onlyEach() {
    disk.type = BTRFS;
    force(3);
    forceBatches();
    assertThat(disk.files.get()).isZero();
    assertThat(disk.wholes.getAndSet(0)).isEqualTo(BATCHES + 1);
    disk.type = MemoryDisk.TMPFS;
    force(3);
    forceBatches();
    assertThat(disk.files.get()).isZero();
    assertThat(disk.wholes.get()).isZero();
    disk.type = MemoryDisk.FUSE;
    force(FILES);
    assertThat(disk.files.get()).isEqualTo(FILES);
    assertThat(disk.wholes.get()).isZero();
  }

  @Test
  void force_linkOrUnreadableFile_needsTheWhole() {
    disk.isUnreadable = true;
    force(3);
    assertThat(disk.wholes.getAndSet(0)).isOne();
    Unforced link = new Unforced();
    link.addLink(RelativePath.of("link"));
    assertThat(sync.force(RelativePath.ROOT, link)).isEmpty();
    assertThat(disk.wholes.get()).isOne();
  }
}
