package org.realize.store.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.DiskFullException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The room of a store on its disk, and the reserve that is given up last.
 *
 * <p>Three marks divide what is available. Below the highest the disk is <em>scarce</em>: that is
 * logged, and Ignite keeps few dirty pages. Below the next one, or while the reserve is not whole,
 * it is <em>full</em>: the store is read-only, since commits are refused before anything of them is
 * written; what was accepted before is still brought to its place. Where even that finds no room,
 * the reserve is given up, piece by piece, to the write that needs it; a write that finds none
 * waits. As room comes back, the reserve is made whole first. Decision 022 has the arithmetic.
 *
 * <p>Thread-safe; {@code lock} is held through calls of the disk that ask for its room or change
 * the reserve, and through no other.
 */
public final class StoreRoom implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreRoom.class);
  private static final long MIB = 1L << 20;

  /** For so long after the disk became full commits wait; then they are refused at once. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** The longest that the start of a store waits for room. */
  private static final Duration OPENING = Duration.ofSeconds(30);

  private static final long CALM_LOOK_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long ALERT_LOOK_NANOS = Duration.ofMillis(500).toNanos();

  /** That there is room is good for so long. */
  private static final long FRESH_NANOS = Duration.ofMillis(20).toNanos();

  /** A disk is taken for full for so long at least, so that the log has a line, not hundreds. */
  private static final long FULL_NANOS = Duration.ofSeconds(1).toNanos();

  private static final long RETRY_NANOS = Duration.ofMillis(100).toNanos();

  /** The most that Ignite logs of the pages that a row is in: its own, and one of the index. */
  private static final long PAGES_OF_ROW_BYTES = 2 * 4096;

  /** A row's bytes are logged twice, and take room in a page. */
  private static final int COPIES_OF_ROW = 3;

  private enum RoomLevel {
    AMPLE,
    SCARCE,
    FULL
  }

  /**
   * The marks of a disk of a size.
   *
   * @param reserve bytes that are held back
   * @param writable with fewer bytes available the store is read-only
   * @param ample with fewer bytes available the disk is scarce
   */
  record RoomMarks(long reserve, long writable, long ample) {
    static RoomMarks of(long totalBytes) {
      long reserve = Math.clamp(totalBytes / 16, 16 * MIB, 64 * MIB);
      return new RoomMarks(reserve, reserve / 2, 2 * reserve);
    }

    /** The reserve is given up in such pieces. */
    long piece() {
      return reserve / 16;
    }
  }

  /** An action that may find no room. */
  interface DiskAction<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private final RoomDisk disk;
  private final String place;
  private final Duration patience;
  private final RoomMarks marks;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread watch;

  // guarded by lock, as what follows
  private volatile RoomLevel level = RoomLevel.AMPLE;
  private volatile long lookedNanos;
  private volatile long fullSinceNanos;
  private long available;
  private long held;

  /** True while something accepted finds too little room to be brought to its place. */
  private boolean isStuck;

  /** Writes that find no room end their waits then; a moment of the monotonic clock. */
  private volatile long waitEndNanos;

  private volatile boolean waitsEnd = true;
  private volatile boolean closed;

  /**
   * The room on a disk.
   *
   * @param place the store's directory, for messages
   * @param patience for so long after the disk became full commits wait
   */
  StoreRoom(RoomDisk disk, String place, Duration patience) throws IOException {
    this.disk = disk;
    this.place = place;
    this.patience = patience;
    this.marks = RoomMarks.of(disk.totalBytes());
    this.waitEndNanos = System.nanoTime() + OPENING.toNanos();
    lock.lock();
    try {
      measure();
    } finally {
      lock.unlock();
    }
    watch = Thread.ofVirtual().name("store-room").start(this::watch);
  }

  /**
   * The room of the store in a directory.
   *
   * @param isNew true if the store is to be made; {@code DiskFull} if there is no room for that,
   *     and nothing is left behind
   */
  static StoreRoom open(Path directory, boolean isNew) throws RealizeException {
    try {
      StoreRoom room =
          new StoreRoom(
              ReserveFile.open(directory.resolve("reserve")), directory.toString(), PATIENCE);
      if (isNew && room.isFull()) {
        room.disk.setReserve(0);
        room.close();
        throw new DiskFull("make the store: " + room.refusal(), null);
      }
      return room;
    } catch (DiskFullException e) {
      throw new DiskFull("open the store in " + directory, e);
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("ask how much room " + directory + " has", e);
    }
  }

  /** True if an exception says that a disk, or a quota, is full. */
  static boolean isFull(IOException thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (cause instanceof DiskFullException
          || text.contains("No space left on device")
          || text.contains("Disk quota exceeded")) {
        return true;
      }
    }
    return false;
  }

  // ---- what is there

  private void watch() {
    while (!closed) {
      LockSupport.parkNanos(level == RoomLevel.AMPLE ? CALM_LOOK_NANOS : ALERT_LOOK_NANOS);
      look();
    }
  }

  /** Measures, unless that was just done and found room enough. */
  private RoomLevel look() {
    if (level == RoomLevel.AMPLE && System.nanoTime() - lookedNanos < FRESH_NANOS) {
      return level;
    }
    lock.lock();
    try {
      measure();
    } catch (IOException e) {
      LOG.debug("ask how much room {} has: {}", place, e.toString());
    } finally {
      lock.unlock();
    }
    return level;
  }

  private void measure() throws IOException {
    lookedNanos = System.nanoTime();
    available = disk.availableBytes();
    held = disk.reserveBytes();
    long missing = Math.min(marks.reserve() - held, available);
    if (missing == marks.reserve() - held || missing >= marks.piece()) {
      hold(held + missing - (missing == marks.reserve() - held ? 0 : missing % marks.piece()));
    }
    boolean wasJustFull =
        level == RoomLevel.FULL && System.nanoTime() - fullSinceNanos < FULL_NANOS;
    boolean isFull = held < marks.reserve() || isStuck || wasJustFull;
    set(isFull ? RoomLevel.FULL : levelOf(available));
  }

  /** Makes the reserve so large, if it is smaller and the disk has room for that. */
  private void hold(long bytes) throws IOException {
    if (bytes > held && !closed) {
      try {
        disk.setReserve(bytes);
      } catch (DiskFullException e) {
        LOG.debug("hold back {} bytes of {}: {}", bytes, place, e.toString());
      }
      held = disk.reserveBytes();
      available = disk.availableBytes();
    }
  }

  /** A level is left for a better one only with a quarter more than it needs. */
  private RoomLevel levelOf(long bytes) {
    if (bytes < marks.writable() + (level == RoomLevel.FULL ? marks.writable() / 4 : 0)) {
      return RoomLevel.FULL;
    }
    boolean isAmple = bytes >= marks.ample() + (level == RoomLevel.AMPLE ? 0 : marks.ample() / 4);
    return isAmple ? RoomLevel.AMPLE : RoomLevel.SCARCE;
  }

  private void set(RoomLevel next) {
    RoomLevel before = level;
    level = next;
    if (before == next) {
      return;
    }
    if (next == RoomLevel.FULL) {
      fullSinceNanos = System.nanoTime();
    }
    if (next == RoomLevel.AMPLE || (before == RoomLevel.FULL && next == RoomLevel.SCARCE)) {
      LOG.warn("ended: {}", before == RoomLevel.FULL ? full() : scarce());
    }
    switch (next) {
      case FULL -> LOG.warn("{}", full());
      case SCARCE -> LOG.warn("{}", scarce());
      case AMPLE -> {}
    }
    changed.signalAll();
    LockSupport.unpark(watch);
  }

  private String full() {
    return "the disk of %s is full: changes wait, reads and the mount go on; %s"
        .formatted(place, figures(marks.writable() + marks.reserve()));
  }

  private String scarce() {
    return "the disk of %s is nearly full: %s"
        .formatted(place, figures(marks.ample() + marks.reserve()));
  }

  private String figures(long needed) {
    return "%,d MiB are free, with %,d MiB of the store's reserve; %,d MiB are needed"
        .formatted((available + held) / MIB, held / MIB, needed / MIB);
  }

  private String refusal() {
    return "the disk of %s is full: %s"
        .formatted(place, figures(marks.writable() + marks.reserve()));
  }

  /** What the user should know of this disk, in one line; empty while it has room. */
  public Optional<String> trouble() {
    look();
    lock.lock();
    try {
      return switch (level) {
        case AMPLE -> Optional.empty();
        case SCARCE -> Optional.of(scarce());
        case FULL -> Optional.of(full());
      };
    } finally {
      lock.unlock();
    }
  }

  /** Whether the store is read-only. */
  boolean isFull() {
    return look() == RoomLevel.FULL;
  }

  /** Whether few pages may be dirty, so that a checkpoint needs little room. */
  boolean isScarce() {
    return look() != RoomLevel.AMPLE;
  }

  /** The most that Ignite's log should take of a disk of this size. */
  long logBytes() {
    return 2 * marks.reserve();
  }

  // ---- commits

  /**
   * Waits until the store is writable.
   *
   * @param isVital true for the few and small commits that are made out of the reserve
   * @throws DiskFull if it does not become so in time
   */
  void admit(boolean isVital) throws DiskFull {
    if (look() != RoomLevel.FULL) {
      return;
    }
    lock.lock();
    try {
      if (isVital && held + available >= marks.reserve() / 4) {
        return;
      }
      while (level == RoomLevel.FULL) {
        long left = fullSinceNanos + patience.toNanos() - System.nanoTime();
        if (left <= 0 || closed) {
          throw new DiskFull(refusal(), null);
        }
        awaitChange(left);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Throws once the disk has been full for longer than commits wait. */
  void requireHope() throws DiskFull {
    if (level == RoomLevel.FULL && System.nanoTime() - fullSinceNanos > patience.toNanos()) {
      throw new DiskFull(refusal(), null);
    }
  }

  /** Waits out the time whether the thread is interrupted or not: it is bounded. */
  private void awaitChange(long nanos) {
    long end = System.nanoTime() + nanos;
    boolean interrupted = false;
    RoomLevel before = level;
    while (level == before && !closed && end - System.nanoTime() > 0) {
      try {
        changed.awaitNanos(end - System.nanoTime());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Gives a range of a file room, out of the reserve if {@code isVital}; {@link DiskFullException}
   * where there is none. False where the file system cannot do that.
   */
  boolean allocate(Path file, long offsetBytes, long lengthBytes, boolean isVital)
      throws IOException {
    while (true) {
      try {
        return disk.allocate(file, offsetBytes, lengthBytes);
      } catch (DiskFullException e) {
        if (!isVital || !giveUpPiece()) {
          throw e;
        }
      }
    }
  }

  /** Whether so many rows and bytes can be applied, with the reserve if need be. */
  boolean mayApply(int rows, long bytes) {
    look();
    lock.lock();
    try {
      long needed = marks.reserve() / 4 + rows * PAGES_OF_ROW_BYTES + COPIES_OF_ROW * bytes;
      isStuck = available + held < needed;
      if (isStuck) {
        set(RoomLevel.FULL);
      }
      return !isStuck;
    } finally {
      lock.unlock();
    }
  }

  // ---- writes of Ignite

  /** Repeats an action that finds no room, and gives it the reserve, until it is done. */
  <T extends @Nullable Object> T retry(DiskAction<T> action) throws IOException {
    while (true) {
      try {
        return action.run();
      } catch (IOException e) {
        if (!isFull(e) || !makeRoom()) {
          throw e;
        }
      }
    }
  }

  /** Gives up a piece of the reserve, or waits a moment; false if there is no more to wait for. */
  private boolean makeRoom() throws IOException {
    if (giveUpPiece()) {
      return true;
    }
    if (waitsEnd && System.nanoTime() - waitEndNanos > 0) {
      return false;
    }
    LockSupport.parkNanos(RETRY_NANOS);
    return !Thread.currentThread().isInterrupted();
  }

  /** Gives up a piece of the reserve; false if there is none. */
  private boolean giveUpPiece() throws IOException {
    lock.lock();
    try {
      boolean isHeld = held > 0;
      if (isHeld) {
        disk.setReserve(Math.max(0, held - marks.piece()));
        held = disk.reserveBytes();
        available = disk.availableBytes();
      }
      set(RoomLevel.FULL);
      return isHeld;
    } finally {
      lock.unlock();
    }
  }

  /** Notes that the store is open: writes that find no room wait as long as it takes. */
  void opened() {
    waitsEnd = false;
  }

  /** Lets no write wait for room any more. */
  @Override
  public void close() {
    waitEndNanos = System.nanoTime();
    waitsEnd = true;
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    LockSupport.unpark(watch);
  }
}
