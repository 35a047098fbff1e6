package org.realize.store.blob;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.testing.BlobStoreContract;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryArenaStore;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;

class SparseBlobStoreTest extends BlobStoreContract {

  private static final int BLOCK = 128 * 1024;
  private static final ContentHash HASH = new ContentHash(1, 2, 3, 4);

  private final ManualTime time = new ManualTime();
  private final MemoryDisk memory = new MemoryDisk(time);
  private final FaultyDisk disk = new FaultyDisk(memory);
  private final MemoryArenaStore arena =
      new MemoryGlobalStore(new Random(1)).memoryArena(new ArenaName("photos"));
  private SparseBlobStore store;

  @BeforeEach
  void openStore() throws RealizeException {
    store = SparseBlobStore.open(arena, disk, null, time);
  }

  @AfterEach
  void closeStore() throws RealizeException {
    StoreInvariants.checkAfterTest(store);
    store.close();
  }

  @Override
  protected BlobStore store() {
    return store;
  }

  @Override
  protected BlobStore reopened() throws RealizeException {
    store.close();
    openStore();
    return store;
  }

  @Override
  protected void leaveRoom(long bytes) {
    disk.leaveRoom(bytes);
  }

  @Override
  protected boolean hasFiles() {
    return false;
  }

  private BlobRow row() throws RealizeException {
    return arena.read(reader -> reader.blob(HASH)).orElseThrow();
  }

  private List<BlobRow> rows() throws RealizeException {
    return arena.read(reader -> reader.blobs());
  }

  /** A blob with one committed block of two. */
  private void committedHalf() throws RealizeException {
    try (Blob blob = store.open(HASH, 2L * BLOCK)) {
      blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      blob.commit();
    }
  }

  // ---- when bytes are committed

  @Test
  void write_noClaim_isCommittedAfterASecond() throws RealizeException {
    try (Blob blob = store.open(HASH, BLOCK)) {
      blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      await().until(() -> time.sleepers() == 1);
      assertThat(row().available()).isEqualTo(ByteRanges.EMPTY);
      assertThat(store.cachedBytes()).isZero();

      time.advance(RangeCommitter.DELAY);
      await().until(() -> store.cachedBytes() == BLOCK);
      assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
    }
  }

  @Test
  void write_thenClosed_isCommittedAfterASecondAndItsFileClosed() throws Exception {
    commitLater(HASH);
    await().until(() -> time.sleepers() == 1);
    time.advance(RangeCommitter.DELAY);
    await().until(() -> store.cachedBytes() == 100);
    try (Blob blob = store.find(HASH).orElseThrow()) {
      assertThat(blob.readable(0, 100)).isTrue();
    }
  }

  private void commitLater(ContentHash hash) throws RealizeException {
    try (Blob blob = store.open(hash, 100)) {
      blob.write(0, ByteBuffer.wrap(bytes(1, 100)));
    }
  }

  @Test
  void write_muchPending_isCommittedAtOnce() throws RealizeException {
    long size = RangeCommitter.MAX_PENDING_BYTES;
    try (Blob blob = store.open(HASH, size)) {
      ByteBuffer mebibyte = ByteBuffer.allocate(1 << 20);
      for (long at = 0; at < size; at += mebibyte.capacity()) {
        blob.write(at, mebibyte.clear());
      }
      await().until(() -> store.cachedBytes() == size);
    }
  }

  @Test
  void close_manyBlobsWithPendingBytes_areCommittedAtOnce() throws RealizeException {
    int count = RangeCommitter.MAX_IDLE + 50;
    for (int i = 0; i < count; i++) {
      commitLater(new ContentHash(i, 7, 7, 7));
    }
    await().until(() -> store.cachedBytes() >= RangeCommitter.MAX_IDLE * 100L);
  }

  @Test
  void commit_syncFails_forgetsWhatWasPending() throws RealizeException {
    try (Blob blob = store.open(HASH, 3L * BLOCK)) {
      blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      blob.commit();
      blob.write(BLOCK, ByteBuffer.wrap(bytes(2, BLOCK)));
      disk.failForce(true);
      assertThatThrownBy(blob::commit).isInstanceOf(StorageFailed.class);
      disk.failForce(false);
      blob.commit();
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(0, BLOCK));
      assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
      assertThat(store.cachedBytes()).isEqualTo(BLOCK);
      blob.write(BLOCK, ByteBuffer.wrap(bytes(2, BLOCK)));
      blob.commit();
      assertThat(row().available()).isEqualTo(ByteRanges.of(0, 2L * BLOCK));
    }
  }

  @Test
  void write_withoutRoom_givesItsRoomBack() throws Exception {
    try (Blob blob = store.open(HASH, 4L * BLOCK)) {
      blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      long free = memory.usage().availableBytes();
      disk.leaveRoom(BLOCK / 2);
      assertThatThrownBy(() -> blob.write(BLOCK, ByteBuffer.wrap(bytes(2, BLOCK))))
          .isInstanceOf(RealizeException.DiskFull.class);
      assertThat(memory.usage().availableBytes()).isEqualTo(free);
      assertThatThrownBy(() -> blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK))))
          .isInstanceOf(RealizeException.DiskFull.class);
      disk.leaveRoom(Long.MAX_VALUE);
      ByteBuffer seen = ByteBuffer.allocate(BLOCK);
      blob.read(0, seen);
      assertThat(seen.array()).isEqualTo(bytes(1, BLOCK));
    }
  }

  // ---- the same bytes of another blob

  private void assertSame(boolean refuse) throws RealizeException {
    disk.refuseShare(refuse);
    try (Blob old = store.open(HASH, BLOCK);
        Blob blob = store.open(new ContentHash(5, 6, 7, 8), BLOCK)) {
      old.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      blob.writeSame(0, ByteBuffer.wrap(bytes(1, BLOCK)), old);
      ByteBuffer seen = ByteBuffer.allocate(BLOCK);
      blob.read(0, seen);
      assertThat(seen.array()).isEqualTo(bytes(1, BLOCK));
    }
  }

  @Test
  void writeSame_filesThatShare_areShared() throws RealizeException {
    assertSame(false);
    assertThat(disk.shares()).isEqualTo(1);
  }

  @Test
  void writeSame_filesThatDoNotShare_areWritten() throws RealizeException {
    assertSame(true);
    assertThat(disk.shares()).isZero();
  }

  @Test
  void writeSame_otherBytesInTheFile_areNotTaken() throws RealizeException {
    try (Blob old = store.open(HASH, BLOCK);
        Blob blob = store.open(new ContentHash(5, 6, 7, 8), BLOCK)) {
      old.write(0, ByteBuffer.wrap(bytes(2, BLOCK)));
      blob.writeSame(0, ByteBuffer.wrap(bytes(1, BLOCK)), old);
      ByteBuffer seen = ByteBuffer.allocate(BLOCK);
      blob.read(0, seen);
      assertThat(seen.array()).isEqualTo(bytes(1, BLOCK));
      old.write(0, ByteBuffer.wrap(bytes(3, BLOCK)));
      blob.writeSame(0, ByteBuffer.wrap(bytes(1, BLOCK)), old);
      blob.read(0, seen.clear());
      assertThat(seen.array()).isEqualTo(bytes(1, BLOCK));
    }
    assertThat(disk.shares()).isEqualTo(1);
  }

  // ---- sizes and deletion

  @Test
  void open_otherSize_onlyWhileNothingIsVerified() throws RealizeException {
    try (Blob wrong = store.open(HASH, 5)) {
      assertThatThrownBy(() -> store.open(HASH, 6)).isInstanceOf(Invalid.class);
      assertThat(wrong.sizeBytes()).isEqualTo(5);
    }
    committedHalf();
    assertThatThrownBy(() -> store.open(HASH, 6)).isInstanceOf(Invalid.class);
    assertThat(row().sizeBytes()).isEqualTo(2L * BLOCK);
  }

  @Test
  void delete_openBlob_goesWithItsLastHandle() throws Exception {
    Blob first = store.open(HASH, 100);
    Blob second = store.open(HASH, 100);
    first.write(0, ByteBuffer.wrap(bytes(1, 100)));
    store.delete(HASH);
    assertThat(store.find(HASH)).isEmpty();
    first.close();
    assertThat(disk.names()).hasSize(1);
    second.close();
    assertThat(disk.names()).isEmpty();
    assertThat(rows()).isEmpty();
    assertThat(store.cachedBytes()).isZero();
  }

  @Test
  void open_blobThatIsToBeDeleted_keepsIt() throws Exception {
    try (Blob first = store.open(HASH, 100)) {
      first.write(0, ByteBuffer.wrap(bytes(1, 100)));
      store.delete(HASH);
      try (Blob again = store.open(HASH, 100)) {
        assertThat(again.readable(0, 100)).isTrue();
      }
    }
    assertThat(disk.names()).hasSize(1);
    assertThat(store.find(HASH).map(SparseBlobStoreTest::closed)).isPresent();
  }

  private static Blob closed(Blob blob) {
    blob.close();
    return blob;
  }

  @Test
  void delete_pathRefersToItByNow_keepsTheRow() throws Exception {
    committedHalf();
    arena.write(writer -> {
      writer.addBlobReference(HASH, RelativePath.of("f"));
    });
    store.delete(HASH);
    assertThat(disk.names()).isEmpty();
    assertThat(row().available().isEmpty()).isTrue();
    assertThat(store.cachedBytes()).isZero();
    assertThat(store.find(HASH)).isEmpty();
  }

  @Test
  void anyUse_closedStore_isRefused() throws RealizeException {
    store.close();
    assertThatThrownBy(() -> store.find(HASH)).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> store.open(HASH, 1)).isInstanceOf(IllegalStateException.class);
    openStore();
  }

  // ---- repair

  @Test
  void step_fileMissingAtStart_losesItsRanges() throws Exception {
    committedHalf();
    store.close();
    memory.user().delete(disk.names().getFirst());
    openStore();
    store.step();
    assertThat(row().available().isEmpty()).isTrue();
    assertThat(store.cachedBytes()).isZero();
    committedHalf();
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
  }

  @Test
  void step_fileShortAtStart_losesItsRanges() throws Exception {
    committedHalf();
    store.close();
    memory.user().write(disk.names().getFirst(), bytes(1, BLOCK));
    openStore();
    store.step();
    assertThat(row().available().isEmpty()).isTrue();
    committedHalf();
    try (Blob blob = store.find(HASH).orElseThrow()) {
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(0, BLOCK));
    }
  }

  @Test
  void find_fileLostWhileRunning_losesItsRanges() throws Exception {
    committedHalf();
    memory.user().delete(disk.names().getFirst());
    try (Blob blob = store.find(HASH).orElseThrow()) {
      assertThat(blob.readable().isEmpty()).isTrue();
    }
    assertThat(row().available().isEmpty()).isTrue();
    assertThat(store.cachedBytes()).isZero();
  }

  /** A power cut takes the commit back that gave an id out, but not the file that was made then. */
  @Test
  void find_fileLostAndItsNextNameInUse_makesItAnew() throws Exception {
    committedHalf();
    String name = disk.names().getFirst();
    long next = Long.parseLong(name, 0, 16, 16) + 1;
    memory.user().delete(name);
    memory.user().write("%016x%s".formatted(next, name.substring(16)), bytes(2, 2 * BLOCK));
    try (Blob blob = store.find(HASH).orElseThrow()) {
      assertThat(blob.readable().isEmpty()).isTrue();
      blob.write(0, ByteBuffer.wrap(bytes(1, BLOCK)));
      blob.commit();
    }
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
    assertThat(row().fileId()).isEqualTo(next);
  }

  @Test
  void step_namesWithoutRow_quarantinesOnlyItsOwnForAWeek() throws Exception {
    committedHalf();
    store.close();
    String[] foreign = {"notes.txt", "0000000000000001.blob", "x-000000000000002a-f.blob"};
    for (String name : foreign) {
      memory.user().write(name, new byte[1]);
    }
    memory.user().write("00000000000000ff-0123456789abcdef.blob", new byte[1]);
    memory.user().createDirectory("00000000000000fe-0123456789abcdef.blob");
    memory.user().write("00000000000000fe-0123456789abcdef.blob/f", new byte[1]);
    openStore();
    store.step();
    assertThat(disk.names()).contains(foreign).contains("quarantine").hasSize(5);
    assertThat(quarantined())
        .satisfiesExactlyInAnyOrder(
            name -> assertThat(name).endsWith("-00000000000000fe-0123456789abcdef.blob"),
            name -> assertThat(name).endsWith("-00000000000000ff-0123456789abcdef.blob"));
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
    time.advance(BlobReconciler.QUARANTINE);
    store.step();
    assertThat(quarantined()).hasSize(2);
    time.advance(Duration.ofDays(1));
    store.step();
    assertThat(quarantined()).isEmpty();
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
  }

  private List<String> quarantined() throws IOException {
    return memory.list(RelativePath.of("quarantine")).names();
  }

  /** After the table went back to an earlier state, an id may have been given out twice. */
  @Test
  void step_anotherFileOfTheSameId_quarantinesOnlyThatOne() throws Exception {
    committedHalf();
    store.close();
    String name = disk.names().getFirst();
    for (String hash : new String[] {"0000000000000000", "ffffffffffffffff"}) {
      memory.user().write(name.substring(0, 17) + hash + ".blob", new byte[1]);
    }
    openStore();
    store.step();
    assertThat(disk.names()).containsExactlyInAnyOrder(name, "quarantine");
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
  }

  @Test
  void find_directoryInPlaceOfTheFile_losesItsRangesAndPutsItAside() throws Exception {
    committedHalf();
    String name = disk.names().getFirst();
    memory.user().delete(name);
    memory.user().createDirectory(name);
    try (Blob blob = store.open(HASH, 2L * BLOCK)) {
      assertThat(blob.readable().isEmpty()).isTrue();
      blob.write(0, ByteBuffer.allocate(BLOCK));
      blob.commit();
    }
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
    assertThat(quarantined()).singleElement().asString().endsWith(name);
  }

  @Test
  void step_onceADay_findsWhatWasDoneToFiles() throws Exception {
    committedHalf();
    store.step();
    memory.user().delete(disk.names().getFirst());
    store.step();
    assertThat(row().available()).isEqualTo(ByteRanges.of(0, BLOCK));
    time.advance(Duration.ofDays(1));
    store.step();
    assertThat(row().available().isEmpty()).isTrue();
    assertThat(store.cachedBytes()).isZero();
    assertThat(store.report().usedBytes()).isZero();
  }

  @Test
  void file_ofABlob_hasItsSizeAndHoles() throws IOException, RealizeException {
    committedHalf();
    try (DiskFile file = memory.open(RelativePath.of(disk.names().getFirst()), OpenMode.READ)) {
      assertThat(file.sizeBytes()).isEqualTo(2L * BLOCK);
    }
    assertThat(memory.usage().totalBytes() - memory.usage().freeBytes()).isEqualTo(BLOCK);
  }

  /** What is open when the directory is compared was compared when it was opened. */
  @Test
  void find_rowSaysLessThanTheFileTakes_isPutRight() throws Exception {
    committedHalf();
    try (Blob blob = store.open(HASH, 2L * BLOCK)) {
      blob.write(BLOCK, ByteBuffer.wrap(bytes(1, BLOCK)));
    }
    memory.kill();
    openStore();
    assertThat(store.report().usedBytes()).isEqualTo(BLOCK);
    try (Blob blob = store.find(HASH).orElseThrow()) {
      store.step();
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(0, BLOCK));
      assertThat(store.report().usedBytes()).isEqualTo(2L * BLOCK);
      assertThat(row().allocatedBytes()).isEqualTo(2L * BLOCK);
    }
  }

  @Test
  void use_directoryCannotBeListedAtStart_readsGoOnAndWritesSaySo() throws Exception {
    committedHalf();
    store.close();
    AtomicBoolean unplugged = new AtomicBoolean(true);
    Disk faulty =
        new FaultyDisk(memory) {
          @Override
          public Entries entries(RelativePath directory) throws IOException {
            if (unplugged.get()) {
              throw new IOException("Input/output error");
            }
            return super.entries(directory);
          }
        };
    store = SparseBlobStore.open(arena, faulty, null, time);

    try (Blob blob = store.open(HASH, 2L * BLOCK)) {
      ByteBuffer read = ByteBuffer.allocate(BLOCK);
      blob.read(0, read);
      assertThat(read.array()).isEqualTo(bytes(1, BLOCK));
      ByteBuffer more = ByteBuffer.wrap(bytes(2, BLOCK));
      assertThatThrownBy(() -> blob.write(BLOCK, more))
          .isInstanceOf(StorageFailed.class)
          .hasMessageContaining("photos")
          .hasRootCauseMessage("Input/output error");
      unplugged.set(false);
      blob.write(BLOCK, more);
      blob.commit();
      assertThat(blob.readable()).isEqualTo(ByteRanges.of(0, 2L * BLOCK));
    }
  }
}
