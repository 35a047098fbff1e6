package org.realize.store.blob;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;

/**
 * One content's file, shared by all of its handles. A byte is in one of three states: absent;
 * <i>pending</i>, written and readable but perhaps lost by a power cut; <i>committed</i>, durable
 * and noted in the table. Readers take no lock. Thread-safe.
 */
final class SparseBlob {

  private static final long NOT_PLACED = -1;

  /** What file systems allocate at least. */
  private static final int PAGE_BYTES = 4096;

  private final BlobRow row;
  private final DiskFile file;

  /**
   * Shared by writers; exclusive for who gives room back or shares another blob's, so that no write
   * in flight is hit.
   */
  private final ReentrantReadWriteLock writing = new ReentrantReadWriteLock();

  /** Bytes read since they were last taken by {@link #takeServed}. */
  private final LongAdder servedBytes = new LongAdder();

  private final AtomicBoolean isNoted = new AtomicBoolean();

  /** Room that writes under way take. */
  private final AtomicLong reservedBytes = new AtomicLong();

  /** Room that all writes so far were begun with. */
  private final AtomicLong begunBytes = new AtomicLong();

  /** False once the file system has refused to share room. */
  private volatile boolean sharing = true;

  private final Object state = new Object();
  // written under state; readers see a whole set
  private volatile ByteRanges readable;
  private volatile ByteRanges committed;
  // guarded by state
  private ByteRanges pending = ByteRanges.EMPTY;
  private long pendingBytes;

  SparseBlob(BlobRow row, DiskFile file) {
    this.row = row;
    this.file = file;
    this.readable = row.available();
    this.committed = row.available();
  }

  /** As it was when the blob was opened. */
  BlobRow row() {
    return row;
  }

  ByteRanges readable() {
    return readable;
  }

  boolean isComplete() {
    return committed.contains(0, row.sizeBytes());
  }

  int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    int length = destination.remaining();
    if (!readable.contains(offsetBytes, offsetBytes + length)) {
      throw new NotFound(
          "read blob %s: absent bytes within %d at %d"
              .formatted(row.hash().hex8(), length, offsetBytes));
    }
    int read;
    try {
      read = file.read(destination, offsetBytes);
    } catch (IOException e) {
      throw failure("read", e);
    }
    if (read < length) {
      throw new StorageFailed(
          "read blob %s: its file ends at %d of %d bytes"
              .formatted(row.hash().hex8(), offsetBytes + read, row.sizeBytes()),
          null);
    }
    return read;
  }

  /** Counts bytes that were read; true if nothing had been counted since the last look. */
  boolean served(int bytes) {
    servedBytes.add(bytes);
    return !isNoted.get() && isNoted.compareAndSet(false, true);
  }

  /** The next read asks again for a look at what was counted. */
  void unnote() {
    isNoted.set(false);
  }

  /** What was counted since the last look. */
  long takeServed() {
    isNoted.set(false);
    return servedBytes.sumThenReset();
  }

  private long roomFor(long offsetBytes, int lengthBytes) {
    long end = offsetBytes + lengthBytes;
    ByteRanges present = readable;
    if (present.isEmpty()) {
      return ceiling(end) - floor(offsetBytes);
    }
    long room = 0;
    for (ByteRange range : ByteRanges.of(offsetBytes, end).minus(present).ranges()) {
      room += ceiling(range.endBytes()) - floor(range.startBytes());
    }
    return room;
  }

  private static long floor(long bytes) {
    return bytes / PAGE_BYTES * PAGE_BYTES;
  }

  private static long ceiling(long bytes) {
    return floor(bytes + PAGE_BYTES - 1);
  }

  /** Begins a write; returns the most room that it takes, by what is readable now. */
  long begin(long offsetBytes, int lengthBytes) {
    long roomBytes = roomFor(offsetBytes, lengthBytes);
    begunBytes.addAndGet(roomBytes);
    reservedBytes.addAndGet(roomBytes);
    return roomBytes;
  }

  /** Ends a write that {@link #begin} began, whether or not it succeeded. */
  void end(long roomBytes) {
    reservedBytes.addAndGet(-roomBytes);
  }

  /** Room that all writes so far were begun with. */
  long begunBytes() {
    return begunBytes.get();
  }

  /**
   * The most room that a blob takes.
   *
   * @param bytes of its file, and of the writes that were under way when it was measured
   * @param begunBytes as it was before
   */
  record Room(long bytes, long begunBytes) {}

  /**
   * Measures what the file takes. Writes go on: a write that begins during the measurement may be
   * counted or not.
   */
  Room room() throws IOException {
    long begun = begunBytes.get();
    long reserved = reservedBytes.get();
    return new Room(file.allocatedBytes() + reserved, begun);
  }

  /** A write into the file; false if it wrote nothing. */
  private interface Placing {
    boolean run() throws IOException;
  }

  /** Makes the bytes readable; returns how many are pending now. */
  long write(long offsetBytes, ByteBuffer verified) throws RealizeException {
    return place(
        range(offsetBytes, verified),
        writing.readLock(),
        () -> {
          file.write(verified, offsetBytes);
          return true;
        });
  }

  /**
   * As {@link #write}, sharing the room of the same bytes in {@code same} where that can be. What
   * is here then is compared with what was verified, since the file system has read {@code same}
   * once more. Nothing that is readable already is touched.
   */
  long writeSame(long offsetBytes, ByteBuffer verified, SparseBlob same) throws RealizeException {
    if (sharing) {
      ByteRanges added = range(offsetBytes, verified);
      long pending =
          place(
              added,
              writing.writeLock(),
              () -> added.minus(readable).equals(added) && share(offsetBytes, verified, same));
      if (pending != NOT_PLACED) {
        verified.position(verified.limit());
        return pending;
      }
    }
    return write(offsetBytes, verified);
  }

  private long place(ByteRanges added, Lock lock, Placing placing) throws RealizeException {
    try {
      lock.lock();
      try {
        return placing.run() ? written(added) : NOT_PLACED;
      } finally {
        lock.unlock();
      }
    } catch (DiskFullException e) {
      giveBack(added, e);
      throw failure("write", e);
    } catch (IOException e) {
      throw failure("write", e);
    }
  }

  private boolean share(long offsetBytes, ByteBuffer verified, SparseBlob same) throws IOException {
    long end = offsetBytes + verified.remaining();
    if (!file.share(same.file, offsetBytes, end)) {
      // A file system that shares at all may still refuse the odd end of a file.
      sharing = end == row.sizeBytes();
      return false;
    }
    ByteBuffer shared = ByteBuffer.allocate(verified.remaining());
    file.read(shared, offsetBytes);
    return shared.flip().equals(verified);
  }

  private ByteRanges range(long offsetBytes, ByteBuffer verified) {
    long end = offsetBytes + verified.remaining();
    if (offsetBytes < 0 || end > row.sizeBytes()) {
      throw new IllegalArgumentException(
          "write of [%d, %d) to a blob of %d bytes".formatted(offsetBytes, end, row.sizeBytes()));
    }
    return ByteRanges.of(offsetBytes, end);
  }

  private long written(ByteRanges added) {
    synchronized (state) {
      readable = readable.plus(added);
      pending = pending.plus(added);
      pendingBytes += added.lengthBytes();
      return pendingBytes;
    }
  }

  /** Frees what a failed write left where nothing is readable. */
  private void giveBack(ByteRanges failed, DiskFullException cause) {
    writing.writeLock().lock();
    try {
      for (ByteRange range : failed.minus(readable).ranges()) {
        file.discard(range.startBytes(), range.endBytes());
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    } finally {
      writing.writeLock().unlock();
    }
  }

  boolean hasPending() {
    synchronized (state) {
      return !pending.isEmpty();
    }
  }

  /**
   * Makes what is pending durable and returns it, for the table. When the disk fails, nothing that
   * was pending can be trusted any more, even if a later sync succeeds: it becomes absent.
   */
  ByteRanges force() throws IOException {
    ByteRanges written;
    synchronized (state) {
      written = pending;
    }
    if (written.isEmpty()) {
      return written;
    }
    try {
      file.force();
      return written;
    } catch (IOException e) {
      synchronized (state) {
        readable = committed;
        pending = ByteRanges.EMPTY;
        pendingBytes = 0;
      }
      throw e;
    }
  }

  /** The table has these ranges now; returns by how many bytes the committed ones grew. */
  long committed(ByteRanges ranges) {
    synchronized (state) {
      long before = committed.lengthBytes();
      committed = committed.plus(ranges);
      pending = pending.minus(ranges);
      pendingBytes = pending.lengthBytes();
      return committed.lengthBytes() - before;
    }
  }

  /** Makes bytes absent, whose range the table has no more, and gives their room back. */
  void distrust(ByteRanges wrong) throws IOException {
    writing.writeLock().lock();
    try {
      synchronized (state) {
        readable = readable.minus(wrong);
        committed = committed.minus(wrong);
        pending = pending.minus(wrong);
        pendingBytes = pending.lengthBytes();
      }
      for (ByteRange range : wrong.ranges()) {
        file.discard(range.startBytes(), range.endBytes());
      }
    } finally {
      writing.writeLock().unlock();
    }
  }

  /** Bytes committed now. */
  long committedBytes() {
    return committed.lengthBytes();
  }

  void close() throws IOException {
    file.close();
  }

  /** The failure of an action on this blob's file. */
  RealizeException failure(String action, IOException cause) {
    return Disk.failure(action + " blob " + row.hash().hex8(), cause);
  }
}
