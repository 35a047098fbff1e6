package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.engine.BlobReaper;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

/**
 * A file is cached, replaced, read in part, then whole, then what it held is let go: with the power
 * cut, or the process killed, at every effect on the disk. Whenever the new content is shown and
 * not whole, the old blob is there with all its bytes; in the end only the new one is left. {@code
 * -Drealize.blob.stores=N} plays N seeds.
 */
@Timeout(3_600)
class BlobHoldCrashTest {

  private static final int SEEDS = Integer.getInteger("realize.blob.stores", 6);
  private static final int BLOCK = TreeShape.BLOCK_BYTES;
  private static final int BLOCKS = 6;
  private static final RelativePath PATH = RelativePath.of("f");

  /** As long as the reaper goes without a look. */
  private static final Duration UNPROMPTED = Duration.ofMinutes(10);

  @Test
  void powerCut_atEveryEffect_losesNoHoldAndLeavesNone() throws Exception {
    sweep(true);
  }

  @Test
  void kill_atEveryEffect_losesNoHoldAndLeavesNone() throws Exception {
    sweep(false);
  }

  private static void sweep(boolean cut) throws Exception {
    for (int seed = 0; seed < SEEDS; seed++) {
      int effects = 0;
      while (!new Machine(seed, effects, cut).survives()) {
        effects++;
      }
      assertThat(effects).as("effects of seed %d", seed).isGreaterThan(20);
    }
  }

  /** One arena whose disk stops after some effects. */
  private static final class Machine {
    private final String run;
    private final boolean cut;
    private final RandomGenerator random;
    private final ManualTime time = new ManualTime();
    private final MemoryDisk disk = new MemoryDisk(time);
    private final MemoryArenaStore arena;
    private final ScriptedPeer peer = new ScriptedPeer("nas");
    private final Content.File old;
    private final Content.File now;
    private final byte[] bytes;
    private boolean cached;

    Machine(int seed, int effects, boolean cut) {
      run = "seed %d, %d effects, %s".formatted(seed, effects, cut ? "power cut" : "kill");
      this.cut = cut;
      random = new SplittableRandom(31L * seed + effects);
      arena = new MemoryGlobalStore(new Random(seed)).memoryArena(new ArenaName("a"));
      byte[] before = ScriptedPeer.bytes(seed, BLOCKS * BLOCK);
      bytes = before.clone();
      bytes[BLOCK * (int) (random.nextLong() & 3)] ^= 1;
      old = peer.serve(before);
      now = peer.serve(bytes);
      disk.powerOffAfter(effects);
    }

    /** False if the disk stopped; everything holds then too. */
    boolean survives() throws Exception {
      boolean done = works();
      if (cut) {
        disk.powerCut(random);
        arena.powerCut(random);
      } else {
        disk.kill();
      }
      check();
      assertThat(works()).as(run).isTrue();
      check();
      List<BlobRow> rows = arena.read(reader -> reader.blobs());
      assertThat(rows).as(run).extracting(BlobRow::hash).containsExactly(now.hash());
      List<BlobHold> holds = arena.read(reader -> reader.blobHolds(9));
      assertThat(holds).as(run).isEmpty();
      assertThat(CacheRig.files(disk)).as(run).hasSize(1);
      return done;
    }

    /** False when the disk stopped meanwhile. */
    private boolean works() throws Exception {
      try (SparseBlobStore blobs = SparseBlobStore.open(arena, disk, null, time);
          Downloader downloader =
              new Downloader(
                  new Arena(arena, blobs, Mark.WATCH, time, null),
                  () -> List.of(peer),
                  new DownloadPool(DownloadLimits.DEFAULT))) {
        BlobReaper reaper = new BlobReaper(arena, blobs, time);
        if (!shows(now)) {
          if (!shows(old)) {
            show(old, 1);
          }
          downloader.download(PATH, old);
          settle(reaper);
          arena.force();
          cached = true;
          show(now, 2);
        }
        settle(reaper);
        try (OpenFile reader = downloader.open(PATH, now)) {
          reader.read(2L * BLOCK, ByteBuffer.allocate(2 * BLOCK));
        }
        settle(reaper);
        downloader.download(PATH, now);
        try (OpenFile reader = downloader.open(PATH, now)) {
          ByteBuffer all = ByteBuffer.allocate(bytes.length);
          reader.read(0, all);
          assertThat(all.array()).as(run).isEqualTo(bytes);
        }
        settle(reaper);
        // a reader that has closed ends a moment later
        await()
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(1))
            .until(() -> blobs.evict(old.hash()) != BlobStore.Evicted.OPEN);
        settle(reaper);
        disk.usage();
        return true;
      } catch (RealizeException.StorageFailed | java.io.IOException e) {
        return false;
      }
    }

    private void settle(BlobReaper reaper) throws RealizeException {
      for (int i = 0; i < 3; i++) {
        reaper.step();
        time.advance(UNPROMPTED);
      }
    }

    private boolean shows(Content content) throws RealizeException {
      Optional<PathState> state = arena.read(reader -> reader.path(PATH));
      return state.isPresent() && state.get().shown().content().equals(content);
    }

    private void show(Content content, long counter) throws RealizeException {
      Version version = Version.of(content, VersionVector.of(Map.of(peer.store(), counter)));
      Stamp stamp = new Stamp(counter, peer.store());
      Metadata metadata = new Metadata(0644, stamp, FileTime.EPOCH, stamp);
      Report report = new Report(counter, metadata, List.of(new Report.Reported(version, true)));
      arena.write(writer -> {
        writer.put(new PathState(PATH, version, metadata, null, 0, Map.of(peer.store(), report)));
      });
    }

    /** What a start finds. */
    private void check() throws Exception {
      try (SparseBlobStore blobs = SparseBlobStore.open(arena, disk, null, time)) {
        StoreInvariants.checkAfterCrash(arena, blobs);
        List<BlobRow> rows = arena.read(reader -> reader.blobs());
        List<String> names = CacheRig.files(disk);
        names.removeAll(CacheRig.names(rows));
        assertThat(names).isEmpty();
        if (cached && shows(now) && !isWhole(now)) {
          assertThat(isWhole(old)).isTrue();
          Optional<BlobHold> hold = arena.read(reader -> reader.blobHold(PATH));
          assertThat(hold).map(BlobHold::hash).contains(old.hash());
        }
      } catch (AssertionError | RealizeException e) {
        throw new AssertionError(run, e);
      }
    }

    private boolean isWhole(Content.File content) throws RealizeException {
      Optional<BlobRow> row = arena.read(reader -> reader.blob(content.hash()));
      return row.map(BlobRow::available).orElse(ByteRanges.EMPTY).contains(0, content.sizeBytes());
    }
  }
}
