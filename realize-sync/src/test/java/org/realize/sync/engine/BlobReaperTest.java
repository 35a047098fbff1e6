package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Stamp;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.BlobUse;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryGlobalStore;

class BlobReaperTest {

  private static final ContentHash FIRST = new ContentHash(1, 1, 1, 1);
  private static final ContentHash SECOND = new ContentHash(2, 2, 2, 2);
  private static final RelativePath OLD_NAME = RelativePath.of("old");
  private static final RelativePath NEW_NAME = RelativePath.of("new");
  private static final Duration ALMOST = BlobReaper.GRACE.minusNanos(1);
  private static final long SIZE = 300_000;
  private static final StoreId STORE = new StoreId(new UUID(1, 1));

  private final ManualTime time = new ManualTime();
  private final ArenaStore arena =
      new MemoryGlobalStore(new Random(1)).arena(new ArenaName("photos"));
  private final Deletions blobs = new Deletions();
  private final BlobReaper reaper = new BlobReaper(arena, blobs, time);

  /** Removes rows, and fails for contents that it was told. */
  private final class Deletions implements BlobStore {
    final List<ContentHash> deleted = new ArrayList<>();
    final List<ContentHash> failing = new ArrayList<>();
    final Set<ContentHash> retired = new HashSet<>();
    long availableBytes = 9 * SIZE;

    @Override
    public void delete(ContentHash hash) throws RealizeException {
      if (failing.contains(hash)) {
        throw new StorageFailed("delete " + hash.hex8(), null);
      }
      deleted.add(hash);
      arena.write(writer -> {
        writer.removeBlob(hash);
      });
    }

    @Override
    public void retire(ContentHash hash) {
      retired.add(hash);
    }

    @Override
    public Blob open(ContentHash hash, long sizeBytes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Blob> find(ContentHash hash) {
      throw new UnsupportedOperationException();
    }

    @Override
    public long cachedBytes() {
      return 0;
    }

    @Override
    public Evicted evict(ContentHash hash) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void distrust(ContentHash hash, ByteRange range) {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean admits(long sizeBytes) {
      throw new UnsupportedOperationException();
    }

    @Override
    public CacheReport report() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Cached> hottest(int max) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Cached> next(int max) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void step() {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<String> inspect() {
      throw new UnsupportedOperationException();
    }

    @Override
    public DiskUsage usage() {
      return new DiskUsage(1, 9 * SIZE, availableBytes, availableBytes, 1_000, 1_000);
    }

    @Override
    public void close() {}
  }

  private void blob(ContentHash hash) throws RealizeException {
    blob(hash, 0);
  }

  private void blob(ContentHash hash, long availableBytes) throws RealizeException {
    ByteRanges available = ByteRanges.of(0, availableBytes);
    arena.write(writer -> {
      writer.putBlob(new BlobRow(hash, SIZE, writer.nextFileId(), available));
    });
  }

  /** Steps until everything that is not referred to or held is deleted. */
  private void settle(BlobReaper by) throws RealizeException {
    for (int i = 0; i < 3; i++) {
      by.step();
      time.advance(Duration.ofMinutes(11));
    }
  }

  private BlobReaper limited(HoldLimits limits) {
    return new BlobReaper(arena, blobs, time, BlobReaper.GRACE, limits);
  }

  private void show(RelativePath path, Content content) throws RealizeException {
    Version version = Version.of(content, VersionVector.of(Map.of(STORE, 1L)));
    Stamp stamp = new Stamp(1, STORE);
    arena.write(writer -> {
      writer.put(
          new PathState(
              path, version, new Metadata(0644, stamp, FileTime.EPOCH, stamp), null, 0, Map.of()));
    });
  }

  private static Content file(ContentHash hash) {
    return new Content.File(hash, SIZE);
  }

  @Test
  void step_unreferencedForTheGrace_deletes() throws RealizeException {
    blob(FIRST);
    assertThat(reaper.step()).hasValueSatisfying(next -> assertThat(next).isPositive());
    time.advance(ALMOST);
    reaper.step();
    assertThat(blobs.deleted).isEmpty();
    time.advance(Duration.ofNanos(1));
    reaper.step();
    assertThat(blobs.deleted).containsExactly(FIRST);
    reaper.step();
    assertThat(blobs.deleted).hasSize(1);
  }

  @Test
  void step_unreferencedWithBytes_servesUntilItIsEvicted() throws RealizeException {
    blob(FIRST, 1);
    reaper.step();
    time.advance(ALMOST);
    reaper.step();
    assertThat(blobs.retired).isEmpty();
    time.advance(Duration.ofNanos(1));
    reaper.step();
    settle(reaper);
    assertThat(blobs.retired).containsExactly(FIRST);
    assertThat(blobs.deleted).isEmpty();

    blob(FIRST, 0);
    settle(reaper);
    assertThat(blobs.deleted).containsExactly(FIRST);
  }

  @Test
  void step_isPendingRemovalAlready_leavesIt() throws RealizeException {
    BlobUse use = new BlobUse(BlobUse.Area.PENDING, 0, 0, 0);
    ByteRanges available = ByteRanges.of(0, 1);
    arena.write(writer -> {
      writer.putBlob(new BlobRow(FIRST, SIZE, writer.nextFileId(), available, 1, use));
    });
    settle(reaper);
    assertThat(blobs.retired).isEmpty();
    assertThat(blobs.deleted).isEmpty();
  }

  @Test
  void step_retiredIsShownAndLeftAgain_retiresItAgain() throws RealizeException {
    blob(FIRST, 1);
    settle(reaper);
    show(OLD_NAME, file(FIRST));
    settle(reaper);
    blobs.retired.clear();
    show(OLD_NAME, new Content.Absent());
    settle(reaper);
    assertThat(blobs.retired).containsExactly(FIRST);
  }

  @Test
  void step_shownContent_isKept() throws RealizeException {
    blob(FIRST);
    show(OLD_NAME, file(FIRST));
    for (int i = 0; i < 5; i++) {
      reaper.step();
      time.advance(BlobReaper.GRACE);
    }
    assertThat(blobs.deleted).isEmpty();
  }

  @Test
  void step_renameWhoseRemoveComesFirst_keepsTheBytes() throws RealizeException {
    blob(FIRST);
    show(OLD_NAME, file(FIRST));
    reaper.step();
    show(OLD_NAME, new Content.Absent());
    reaper.step();
    time.advance(ALMOST);
    show(NEW_NAME, file(FIRST));
    time.advance(BlobReaper.GRACE);
    reaper.step();
    assertThat(blobs.deleted).isEmpty();
  }

  @Test
  void step_referredToMeanwhile_beginsTheGraceAnew() throws RealizeException {
    blob(FIRST);
    reaper.step();
    time.advance(ALMOST);
    show(OLD_NAME, file(FIRST));
    reaper.step();
    show(OLD_NAME, new Content.Absent());
    time.advance(Duration.ofSeconds(1));
    reaper.step();
    time.advance(ALMOST);
    reaper.step();
    assertThat(blobs.deleted).isEmpty();
    time.advance(Duration.ofNanos(1));
    reaper.step();
    assertThat(blobs.deleted).containsExactly(FIRST);
  }

  @Test
  void step_oneFails_deletesTheOthersAndTriesAgain() throws RealizeException {
    blob(FIRST);
    blob(SECOND);
    reaper.step();
    time.advance(BlobReaper.GRACE);
    blobs.failing.add(FIRST);
    assertThatThrownBy(reaper::step).isInstanceOf(StorageFailed.class);
    assertThat(blobs.deleted).containsExactly(SECOND);
    blobs.failing.clear();
    reaper.step();
    assertThat(blobs.deleted).containsExactly(SECOND, FIRST);
  }

  @Test
  void step_blobMadeUnnoticed_isFoundInTheEnd() throws RealizeException {
    BlobRow row = new BlobRow(FIRST, 10, 1, ByteRanges.EMPTY);
    ArenaStore quiet = new MemoryGlobalStore(new Random(1)).arena(new ArenaName("photos"));
    BlobReaper unprompted = new BlobReaper(quiet, blobs, time);
    unprompted.step();
    quiet.write(writer -> {
      writer.putBlob(row);
    });
    for (int minutes = 0; minutes < 12; minutes++) {
      time.advance(Duration.ofMinutes(1));
      unprompted.step();
    }
    assertThat(blobs.deleted).containsOnly(FIRST);
  }

  // ---- what serves the next version

  /** A path shows the second content now; the first is whole in its blob. */
  private void replaceFirst() throws RealizeException {
    blob(FIRST, SIZE);
    show(OLD_NAME, file(FIRST));
    show(OLD_NAME, file(SECOND));
  }

  @Test
  void step_contentIsReplaced_keepsItsBlobUntilTheNewOneIsWhole() throws RealizeException {
    replaceFirst();
    settle(reaper);
    blob(SECOND, SIZE - 1);
    show(OLD_NAME, file(SECOND));
    settle(new BlobReaper(arena, blobs, time));
    assertThat(holds()).hasSize(1);

    blob(SECOND, SIZE);
    settle(reaper);
    assertThat(holds()).isEmpty();
    assertThat(blobs.retired).containsExactly(FIRST);
    assertThat(blobs.deleted).isEmpty();
  }

  @Test
  void step_pathIsRemoved_holdsNothing() throws RealizeException {
    replaceFirst();
    show(OLD_NAME, new Content.Absent());
    settle(reaper);
    assertThat(holds()).isEmpty();
    assertThat(blobs.retired).containsExactly(FIRST);
  }

  @Test
  void step_realFileIsTheNewContent_endsTheHold() throws RealizeException {
    replaceFirst();
    arena.write(writer -> {
      PathState state = writer.path(OLD_NAME).orElseThrow();
      FileStat stat =
          new FileStat(FileStat.Kind.FILE, SIZE, 0644, FileTime.ofNanos(1), 1, 1, 1, 1, 0, 0);
      writer.put(state.withReal(new RealVersion(state.shown(), stat, 0)));
    });
    settle(reaper);
    assertThat(holds()).isEmpty();
    assertThat(blobs.retired).containsExactly(FIRST);
  }

  @Test
  void step_newContentHasOneBlock_endsTheHold() throws RealizeException {
    blob(FIRST, SIZE);
    show(OLD_NAME, file(FIRST));
    show(OLD_NAME, new Content.File(SECOND, 100_000));
    settle(reaper);
    assertThat(holds()).isEmpty();
    assertThat(blobs.retired).containsExactly(FIRST);
  }

  @Test
  void step_blobOfAHoldIsGone_endsTheHold() throws RealizeException {
    replaceFirst();
    arena.write(writer -> {
      writer.removeBlob(FIRST);
    });
    reaper.step();
    assertThat(holds()).isEmpty();
  }

  @Test
  void step_heldForTooLong_letsItGo() throws RealizeException {
    replaceFirst();
    reaper.step();
    assertThat(holds().getFirst().sinceMillis()).isEqualTo(time.unixMillis());
    time.advance(HoldLimits.DEFAULT.age());
    new BlobReaper(arena, blobs, time).step();
    assertThat(holds()).hasSize(1);
    time.advance(Duration.ofMillis(1));
    settle(new BlobReaper(arena, blobs, time));
    assertThat(holds()).isEmpty();
    assertThat(blobs.retired).containsExactly(FIRST);
  }

  @Test
  void step_moreHeldThanAllowed_letsTheOldestGo() throws RealizeException {
    for (HoldLimits limits :
        new HoldLimits[] {
          new HoldLimits(2, 9 * SIZE, Duration.ofDays(1)),
          new HoldLimits(9, 2 * SIZE, Duration.ofDays(1))
        }) {
      BlobReaper limited = limited(limits);
      for (int i = 1; i <= 4; i++) {
        replaceOne(i);
        limited.step();
        time.advance(Duration.ofSeconds(1));
      }
      settle(limited);
      assertThat(holds())
          .extracting(BlobHold::hash)
          .containsExactlyInAnyOrder(numbered(3), numbered(4));
      for (int i = 1; i <= 4; i++) {
        show(RelativePath.of("f" + i), new Content.Absent());
      }
      settle(limited);
      assertThat(holds()).isEmpty();
    }
  }

  private static ContentHash numbered(int i) {
    return new ContentHash(9, 9, 9, i);
  }

  private void replaceOne(int i) throws RealizeException {
    RelativePath path = RelativePath.of("f" + i);
    blob(numbered(i), SIZE);
    show(path, file(numbered(i)));
    show(path, file(new ContentHash(8, 8, 8, i)));
  }

  @Test
  void step_diskIsFilling_letsTheOldestGo() throws RealizeException {
    replaceOne(1);
    reaper.step();
    time.advance(Duration.ofSeconds(1));
    replaceOne(2);
    reaper.step();
    blobs.availableBytes = 2 * SIZE - 1;
    settle(reaper);
    assertThat(holds()).extracting(BlobHold::hash).containsExactly(numbered(2));
  }

  @Test
  void step_twoPathsHoldOneBlob_countsItOnce() throws RealizeException {
    blob(FIRST, SIZE);
    for (RelativePath path : List.of(OLD_NAME, NEW_NAME)) {
      show(path, file(FIRST));
      show(path, file(SECOND));
    }
    settle(limited(new HoldLimits(9, SIZE, Duration.ofDays(1))));
    assertThat(holds()).hasSize(2);
  }

  private List<BlobHold> holds() throws RealizeException {
    return arena.read(reader -> reader.blobHolds(9));
  }

  @Test
  void step_wallClockJumps_changesNothing() throws RealizeException {
    blob(FIRST);
    reaper.step();
    time.jumpTo(ManualTime.START_MILLIS + Duration.ofDays(400).toMillis());
    reaper.step();
    assertThat(blobs.deleted).isEmpty();
  }
}
