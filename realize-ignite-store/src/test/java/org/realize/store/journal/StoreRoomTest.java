package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.DiskFullException;

/** The room of a store on a disk that is filled and freed. */
final class StoreRoomTest {
  private static final long MIB = 1L << 20;

  /** Of these 64 MiB are held back, and 32 more keep the store writable. */
  private static final long DISK = 4096 * MIB;

  private static final Duration PATIENCE = Duration.ofMillis(300);

  @TempDir Path directory;

  private final MemoryRoom disk = new MemoryRoom(DISK);
  private final StoreRoom room = disk.open(PATIENCE);

  @AfterEach
  void close() {
    room.close();
  }

  private void awaitFull(boolean isFull) {
    await().until(() -> room.isFull() == isFull);
  }

  @Test
  void open_withRoom_holdsTheReserveBack() {
    assertThat(disk.reserveBytes()).isEqualTo(64 * MIB);
    assertThat(room.trouble()).isEmpty();
    assertThatCode(() -> room.admit(false)).doesNotThrowAnyException();
  }

  @Test
  void open_smallDisk_holdsLessBack() {
    MemoryRoom small = new MemoryRoom(150 * MIB);
    try (StoreRoom opened = small.open(PATIENCE)) {
      assertThat(small.reserveBytes()).isEqualTo(16 * MIB);
      assertThat(opened.trouble()).isEmpty();
    }
  }

  @Test
  void trouble_lessAndLessAvailable_saysSoInOneLine() {
    disk.leave(100 * MIB);
    await().until(() -> room.trouble().isPresent());
    assertThat(room.trouble().orElseThrow())
        .isEqualTo(
            "the disk of /state is nearly full: 164 MiB are free, with 64 MiB of the store's"
                + " reserve; 192 MiB are needed");
    assertThat(room.isFull()).isFalse();
    disk.leave(31 * MIB);
    awaitFull(true);
    assertThat(room.trouble().orElseThrow())
        .isEqualTo(
            "the disk of /state is full: changes wait, reads and the mount go on; 95 MiB are free,"
                + " with 64 MiB of the store's reserve; 96 MiB are needed");
    disk.leave(200 * MIB);
    awaitFull(false);
    assertThat(room.trouble()).isEmpty();
  }

  @Test
  void admit_fullDisk_waitsThenRefuses_andRefusesLaterOnesAtOnce() {
    disk.leave(31 * MIB);
    awaitFull(true);
    long begin = System.nanoTime();
    assertThatThrownBy(() -> room.admit(false))
        .isInstanceOf(DiskFull.class)
        .hasMessageContaining("the disk of /state is full");
    long waited = System.nanoTime() - begin;
    assertThat(Duration.ofNanos(waited)).isLessThan(Duration.ofSeconds(5));
    begin = System.nanoTime();
    assertThatThrownBy(() -> room.admit(false)).isInstanceOf(DiskFull.class);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
  }

  @Test
  void admit_roomComesInTime_passes() throws Exception {
    try (StoreRoom patient = disk.open(Duration.ofSeconds(30))) {
      disk.leave(0);
      await().until(patient::isFull);
      CompletableFuture<Boolean> admitted =
          CompletableFuture.supplyAsync(() -> isAdmitted(patient));
      disk.leave(1000 * MIB);
      assertThat(admitted.get()).isTrue();
    }
  }

  private static boolean isAdmitted(StoreRoom room) {
    try {
      room.admit(false);
      return true;
    } catch (DiskFull e) {
      return false;
    }
  }

  @Test
  void admit_aLittleMoreThanTheMark_isNotEnoughOnceItWasFull() {
    disk.leave(31 * MIB);
    awaitFull(true);
    disk.leave(33 * MIB);
    assertThatThrownBy(() -> room.admit(false)).isInstanceOf(DiskFull.class);
    disk.leave(41 * MIB);
    awaitFull(false);
  }

  @Test
  void admitVital_fullDisk_passesWhileTheReserveLasts() throws Exception {
    disk.leave(0);
    awaitFull(true);
    room.admit(true);
    for (int used = 0; used < 48; used += 8) {
      room.retry(() -> write(8 * MIB));
      room.admit(true);
    }
    room.retry(() -> write(8 * MIB));
    assertThatThrownBy(() -> room.admit(true)).isInstanceOf(DiskFull.class);
  }

  private long write(long bytes) throws DiskFullException {
    disk.take(bytes);
    return bytes;
  }

  @Test
  void retry_noRoom_takesOfTheReserveWhatItNeeds() throws Exception {
    disk.leave(0);
    assertThat(room.retry(() -> write(5 * MIB))).isEqualTo(5 * MIB);
    assertThat(disk.reserveBytes()).isEqualTo(56 * MIB);
    assertThat(room.isFull()).isTrue();
  }

  @Test
  void retry_noReserveLeft_waitsForRoom_andTheReserveIsMadeWholeFirst() throws Exception {
    room.opened();
    disk.leave(0);
    room.retry(() -> write(64 * MIB));
    CompletableFuture<Long> writing =
        CompletableFuture.supplyAsync(() -> {
          try {
            return room.retry(() -> write(10 * MIB));
          } catch (IOException e) {
            return -1L;
          }
        });
    await().during(Duration.ofMillis(500)).until(() -> !writing.isDone());
    disk.leave(12 * MIB);
    assertThat(writing.get()).isEqualTo(10 * MIB);
    disk.leave(70 * MIB);
    await().until(() -> disk.reserveBytes() == 64 * MIB);
    assertThat(room.isFull()).isTrue();
    disk.leave(200 * MIB);
    awaitFull(false);
  }

  @Test
  void retry_closed_failsSoon() throws Exception {
    room.opened();
    disk.leave(0);
    room.retry(() -> write(64 * MIB));
    CompletableFuture<String> writing =
        CompletableFuture.supplyAsync(() -> {
          try {
            return "" + room.retry(() -> write(10 * MIB));
          } catch (IOException e) {
            return e.getMessage();
          }
        });
    room.close();
    assertThat(writing.get()).isEqualTo("no space left on device");
  }

  @Test
  void retry_otherFailure_isThrown() {
    assertThatThrownBy(() ->
            room.retry(() -> {
              throw new IOException("Input/output error");
            }))
        .hasMessage("Input/output error");
    assertThat(disk.reserveBytes()).isEqualTo(64 * MIB);
  }

  @Test
  void mayApply_reserveUsedUp_isFalseUntilThereIsRoom() throws Exception {
    assertThat(room.mayApply(1, 8 * MIB)).isTrue();
    disk.leave(0);
    awaitFull(true);
    assertThat(room.mayApply(1, 8 * MIB)).isTrue();
    room.retry(() -> write(32 * MIB));
    assertThat(room.mayApply(1, 8 * MIB)).isFalse();
    assertThat(room.mayApply(4096, MIB)).isFalse();
    assertThat(room.mayApply(512, MIB)).isTrue();
    assertThat(room.mayApply(1, MIB)).isTrue();
    disk.leave(200 * MIB);
    awaitFull(false);
    assertThat(room.mayApply(1, 8 * MIB)).isTrue();
  }

  @Test
  void reserveFile_growsAndShrinks_andTakesTheRoomItSays() throws Exception {
    Path file = directory.resolve("reserve");
    RoomDisk real = ReserveFile.open(file);
    long before = real.availableBytes();
    real.setReserve(32 * MIB);
    assertThat(real.reserveBytes()).isEqualTo(32 * MIB);
    assertThat(before - real.availableBytes()).isGreaterThan(16 * MIB);
    real.setReserve(2 * MIB);
    assertThat(ReserveFile.open(file).reserveBytes()).isEqualTo(2 * MIB);
    assertThatThrownBy(() -> real.setReserve(1L << 50)).isInstanceOf(IOException.class);
    assertThat(real.reserveBytes()).isEqualTo(2 * MIB);
    assertThat(real.allocate(file, 0, 1)).isTrue();
  }
}
