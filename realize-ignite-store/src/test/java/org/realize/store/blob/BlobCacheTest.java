package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.realize.store.blob.CacheRig.BLOCK;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.PinGrantor;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.PinAnswer;
import org.realize.sync.port.PinRequest;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.CacheLimits;
import org.realize.sync.testing.ForwardingArenaStore;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

class BlobCacheTest {

  @Test
  void write_pastTheLimit_makesRoomFirst() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    for (int n = 0; n < 50; n++) {
      rig.fill(n, rig.content(n, 1 + n % 3, true));
      assertThat(rig.usedOnDisk()).isLessThanOrEqualTo(20L * BLOCK);
      assertThat(rig.store.report().usedBytes()).isEqualTo(rig.usedOnDisk());
    }
    StoreInvariants.check(rig.arena, rig.store);
    assertThat(rig.store.report().isFull()).isFalse();
    assertThat(rig.store.cachedBytes()).isGreaterThan(15L * BLOCK);
  }

  @Test
  void evict_whatWasNotUsed_goesBeforeWhatWas() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    SampleContent used = rig.content(1000, 2, true);
    rig.fill(1000, used);
    for (int n = 0; n < 60; n++) {
      rig.fill(n, rig.content(n, 1, true));
      assertThat(rig.read(used)).as("after %d others", n).isTrue();
    }
  }

  /** A promise to a peer outlives the mark under which it was made. */
  @Test
  void evict_contentThatIsPinned_stays() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    SampleContent content = rig.content(1, 2, true);
    rig.fill(1, content);
    RelativePath path = RelativePath.of("f1");
    PinGrantor pins =
        new PinGrantor(
            null,
            RootIndex.NONE,
            rig.arena,
            new MemoryGlobalStore(new Random(2)),
            Mark.KEEP,
            rig.time);
    PinRequest.Pinned pinned =
        new PinRequest.Pinned(path, new Content.File(content.hash(), content.size()), 1);
    PinRequest request = new PinRequest(PinRequest.PinStep.PIN, new UUID(1, 1), List.of(pinned));
    assertThat(pins.answer(CacheRig.PEER, request)).containsExactly(new PinAnswer.Granted());
    assertThat(rig.store.evict(content.hash())).isEqualTo(BlobStore.Evicted.MARKED);
    assertThat(rig.has(content)).isTrue();
    assertThat(pins.release(path)).isEqualTo(1);
    assertThat(rig.store.evict(content.hash())).isEqualTo(BlobStore.Evicted.GONE);
  }

  @Test
  void write_allThatIsThereIsALastCopy_isRefusedAndNothingIsLost() throws Exception {
    CacheRig rig = new CacheRig(10L * BLOCK);
    List<SampleContent> last = new ArrayList<>();
    for (int n = 0; n < 5; n++) {
      last.add(rig.content(n, 2, true));
      rig.fill(n, last.get(n));
    }
    for (int n = 0; n < 5; n++) {
      rig.show(n, last.get(n), false); // the peer gave its copies up
    }
    SampleContent more = rig.content(9, 1, true);
    assertThatThrownBy(() -> rig.fill(9, more))
        .isInstanceOf(DiskFull.class)
        .hasMessageContaining("no room in the cache of arena 'a'");
    assertThat(rig.store.report().isFull()).isTrue();
    for (SampleContent content : last) {
      assertThat(rig.read(content)).isTrue();
    }
    rig.show(3, last.get(3), true);
    rig.time.advance(Duration.ofMinutes(1));
    rig.store.step();
    rig.fill(9, more);
    assertThat(rig.has(last.get(3))).isFalse();
    assertThat(rig.store.report().isFull()).isFalse();
    assertThat(List.of(last.get(0), last.get(1), last.get(2), last.get(4)))
        .allMatch(c -> {
          try {
            return rig.has(c);
          } catch (Exception e) {
            throw new AssertionError(e);
          }
        });
  }

  @Test
  void evict_markedOrOpen_stays() throws Exception {
    CacheRig rig = new CacheRig(10L * BLOCK);
    SampleContent kept = rig.content(1, 2, true);
    rig.arena.write(writer -> {
      writer.putMark(RelativePath.of("f1"), Mark.KEEP);
    });
    SampleContent open = rig.content(2, 2, true);
    rig.fill(1, kept);
    rig.fill(2, open);
    try (Blob handle = rig.store.open(open.hash(), open.size())) {
      for (int n = 10; n < 40; n++) {
        rig.fill(n, rig.content(n, 1, true));
      }
      assertThat(rig.has(kept)).isTrue();
      assertThat(handle.readable(0, open.size())).isTrue();
    }
    SampleContent rest = rig.content(90, 8, true);
    rig.fill(90, rest);
    assertThat(rig.has(rest)).isTrue();
    assertThat(rig.has(kept)).isTrue();
    assertThat(rig.has(open)).isFalse();
  }

  @Test
  void step_othersFillTheDisk_givesRoomUp() throws Exception {
    MemoryDisk disk = new MemoryDisk(new ManualTime(), 100L * BLOCK, 1);
    CacheLimits limits = new CacheLimits(CacheLimits.NO_MAX, _ -> 10L * BLOCK);
    CacheRig rig = new CacheRig(1, disk, limits);
    for (int n = 0; n < 30; n++) {
      rig.fill(n, rig.content(n, 2, true));
    }
    assertThat(rig.store.cachedBytes()).isEqualTo(60L * BLOCK);
    disk.user().write("somebody-elses", new byte[60 * BLOCK - 30 * BLOCK]);
    rig.store.step();
    assertThat(disk.usage().availableBytes()).isGreaterThanOrEqualTo(10L * BLOCK);
    disk.user().write("more", new byte[8 * BLOCK]);
    rig.store.step();
    assertThat(disk.usage().availableBytes()).isGreaterThanOrEqualTo(10L * BLOCK);
    disk.user().delete("somebody-elses");
    rig.fill(90, rig.content(90, 20, true));
    StoreInvariants.check(rig.arena, rig.store);
  }

  /** What a dead process wrote and did not commit is in no row, and takes room all the same. */
  @Test
  void write_firstAfterAKill_countsWhatLiesThere() throws Exception {
    CacheRig rig = new CacheRig(4L * BLOCK);
    SampleContent begun = rig.content(1, 3, true);
    try (Blob blob = rig.store.open(begun.hash(), begun.size())) {
      for (int block = 0; block < begun.blocks(); block++) {
        blob.write((long) block * BLOCK, begun.block(block));
      }
      rig.disk.kill();
    }
    rig.open();
    assertThat(rig.usedOnDisk()).isEqualTo(3L * BLOCK);
    SampleContent other = rig.content(2, 3, true);
    try (Blob blob = rig.store.open(other.hash(), other.size())) {
      for (int block = 0; block < other.blocks(); block++) {
        blob.write((long) block * BLOCK, other.block(block));
        assertThat(rig.usedOnDisk()).isLessThanOrEqualTo(4L * BLOCK);
      }
    }
  }

  @Test
  void open_afterAStop_goesOnWithTheSameOrder() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    SampleContent used = rig.content(1000, 2, true);
    rig.fill(1000, used);
    for (int n = 0; n < 10; n++) {
      rig.fill(n, rig.content(n, 1, true));
      rig.read(used);
    }
    for (int n = 10; n < 60; n++) {
      rig.store.close();
      rig.open();
      rig.fill(n, rig.content(n, 1, true));
      if (n % 5 == 0) {
        assertThat(rig.read(used)).as("after %d others", n).isTrue();
      }
    }
  }

  @Test
  void evict_holderGoesAfterTheJudgement_stays() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    SampleContent content = rig.content(1, 2, true);
    rig.fill(1, content);
    rig.store.close();
    boolean[] isArmed = {false};
    ArenaStore withdrawing =
        new WithdrawingStore(
            rig.arena,
            () -> {
              if (isArmed[0]) {
                isArmed[0] = false;
                rig.show(1, content, false);
              }
            });
    try (SparseBlobStore store =
        SparseBlobStore.open(
            withdrawing, rig.disk, null, rig.limits, Mark.WATCH, new ManualTime())) {
      isArmed[0] = true;
      assertThat(store.evict(content.hash())).isEqualTo(BlobStore.Evicted.LAST_COPY);
      assertThat(isArmed[0]).isFalse();
      try (Blob blob = store.open(content.hash(), content.size())) {
        assertThat(blob.readable(0, content.size())).isTrue();
      }
    }
  }

  @Test
  void open_afterAStop_remembersHowEvictedBlobsWereUsed() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    SampleContent used = rig.content(1000, 2, true);
    rig.fill(1000, used);
    for (int n = 0; n < 5; n++) {
      rig.read(used);
    }
    assertThat(rig.store.evict(used.hash())).isEqualTo(BlobStore.Evicted.GONE);
    rig.store.close();
    rig.open();
    assertThat(rig.store.report().usedBytes()).isZero();
    rig.fill(1000, used);
    BlobStore.Cached again = rig.store.hottest(1).getFirst();
    assertThat(again.hash()).isEqualTo(used.hash());
    assertThat(again.units()).isEqualTo(10);
  }

  @Test
  void next_someOfMany_comeInTheOrderOfTheirRemoval() throws Exception {
    CacheRig rig = new CacheRig(40L * BLOCK);
    List<ContentHash> filled = new ArrayList<>();
    for (int n = 0; n < 6; n++) {
      SampleContent content = rig.content(n, 1, true);
      rig.fill(n, content);
      filled.add(content.hash());
    }
    rig.store.retire(filled.get(4));
    assertThat(rig.store.next(3))
        .extracting(BlobStore.Cached::hash)
        .containsExactly(filled.get(4), filled.get(0), filled.get(1));
    assertThat(rig.store.next(9)).hasSize(6);
  }

  @Test
  void admits_whatIsLargerThanTheWorkingArea_isReadWithoutBeingKept() throws Exception {
    CacheRig rig = new CacheRig(100L * BLOCK);
    assertThat(rig.store.admits(20L * BLOCK)).isTrue();
    assertThat(rig.store.admits(60L * BLOCK)).isFalse();
  }

  @Test
  void distrust_bytesThatNobodyElseHas_stay() throws Exception {
    CacheRig rig = new CacheRig(20L * BLOCK);
    SampleContent content = rig.content(1, 2, true);
    rig.fill(1, content);
    rig.show(1, content, false);
    try (Blob blob = rig.store.find(content.hash()).orElseThrow()) {
      rig.store.distrust(content.hash(), new ByteRange(0, BLOCK));
      assertThat(blob.readable(0, content.size())).isTrue();
      rig.show(1, content, true);
      rig.store.distrust(content.hash(), new ByteRange(0, BLOCK));
      assertThat(blob.readable(0, BLOCK)).isFalse();
      assertThat(blob.readable(BLOCK, content.size())).isTrue();
    }
    assertThat(rig.has(content)).isFalse();
  }

  /** A store where something happens just before each commit. */
  private static final class WithdrawingStore extends ForwardingArenaStore {
    private final Before before;

    WithdrawingStore(ArenaStore store, Before before) {
      super(store);
      this.before = before;
    }

    interface Before {
      void run() throws RealizeException;
    }

    @Override
    public <T extends @Nullable Object> T write(StoreChange<T> change) throws RealizeException {
      before.run();
      return super.write(change);
    }
  }
}
