package org.realize.sync.testing;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.port.Blob;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.CacheReport;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.DiskUsage;

/**
 * A {@link BlobStore} on the heap with a capacity that can be changed, and a power cut that drops
 * what was not committed. Thread-safe: everything is guarded by the store's monitor.
 */
public final class MemoryBlobStore implements BlobStore {

  private final Map<ContentHash, Bytes> blobs = new HashMap<>();
  private long capacityBytes;
  private long admittedBytes = Long.MAX_VALUE;
  private int writes;

  public MemoryBlobStore() {
    this(Long.MAX_VALUE);
  }

  public MemoryBlobStore(long capacityBytes) {
    this.capacityBytes = capacityBytes;
  }

  /** Writes that would pass this many bytes in all fail with {@link DiskFull}. */
  public synchronized void capacity(long bytes) {
    capacityBytes = bytes;
  }

  /** Calls of {@link Blob#write} that succeeded. */
  public synchronized int writes() {
    return writes;
  }

  /** Forgets all bytes that were not committed. */
  public synchronized void cutPower() {
    blobs.values().forEach(blob -> blob.written = blob.committed);
  }

  @Override
  public synchronized Blob open(ContentHash hash, long sizeBytes) throws RealizeException {
    Bytes blob = blobs.get(hash);
    if (blob == null) {
      blob = new Bytes(hash, sizeBytes);
      blobs.put(hash, blob);
    }
    return new Handle(blob);
  }

  @Override
  public synchronized Optional<Blob> find(ContentHash hash) {
    return Optional.ofNullable(blobs.get(hash)).map(Handle::new);
  }

  @Override
  public synchronized void delete(ContentHash hash) {
    blobs.remove(hash);
  }

  /** Nothing goes by itself here. */
  @Override
  public void retire(ContentHash hash) {}

  /** All may go. */
  @Override
  public synchronized Evicted evict(ContentHash hash) {
    return blobs.remove(hash) == null ? Evicted.ABSENT : Evicted.GONE;
  }

  @Override
  public synchronized void distrust(ContentHash hash, ByteRange range) {
    Bytes blob = blobs.get(hash);
    if (blob == null) {
      throw new IllegalStateException("blob " + hash.hex8() + " is not open");
    }
    ByteRanges wrong = ByteRanges.of(range.startBytes(), range.endBytes());
    blob.written = blob.written.minus(wrong);
    blob.committed = blob.committed.minus(wrong);
  }

  @Override
  public synchronized long cachedBytes() {
    return blobs.values().stream().mapToLong(blob -> blob.committed.lengthBytes()).sum();
  }

  @Override
  public synchronized boolean admits(long sizeBytes) {
    return sizeBytes <= admittedBytes;
  }

  /** Contents of more bytes are not admitted from now on. */
  public synchronized void admitUpTo(long bytes) {
    admittedBytes = bytes;
  }

  @Override
  public synchronized CacheReport report() {
    return new CacheReport(capacityBytes, storedBytes(), 0, 0, 0, false);
  }

  @Override
  public List<Cached> hottest(int max) {
    return List.of();
  }

  @Override
  public List<Cached> next(int max) {
    return List.of();
  }

  @Override
  public void step() {}

  @Override
  public List<String> inspect() {
    return List.of();
  }

  @Override
  public synchronized DiskUsage usage() {
    long free = Math.max(0, capacityBytes - storedBytes());
    return new DiskUsage(4096, capacityBytes, free, free, 1_000_000, 1_000_000 - blobs.size());
  }

  @Override
  public synchronized void close() {
    blobs.values().forEach(blob -> blob.committed = blob.written);
  }

  private long storedBytes() {
    return blobs.values().stream().mapToLong(blob -> blob.written.lengthBytes()).sum();
  }

  /** Guarded by the store's monitor. */
  private static final class Bytes {
    final ContentHash hash;
    final long sizeBytes;
    final Map<Long, byte[]> pages = new HashMap<>();
    ByteRanges written = ByteRanges.EMPTY;
    ByteRanges committed = ByteRanges.EMPTY;

    Bytes(ContentHash hash, long sizeBytes) {
      this.hash = hash;
      this.sizeBytes = sizeBytes;
    }
  }

  private final class Handle implements Blob {
    private static final int PAGE_BYTES = 4096;

    private final Bytes bytes;
    private boolean closed;

    Handle(Bytes bytes) {
      this.bytes = bytes;
    }

    @Override
    public ContentHash hash() {
      return bytes.hash;
    }

    @Override
    public long sizeBytes() {
      return bytes.sizeBytes;
    }

    @Override
    public ByteRanges readable() {
      synchronized (MemoryBlobStore.this) {
        return bytes.written;
      }
    }

    @Override
    public boolean readable(long startBytes, long endBytes) {
      return readable().contains(startBytes, endBytes);
    }

    @Override
    public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      synchronized (MemoryBlobStore.this) {
        requireOpen();
        int length = destination.remaining();
        if (!bytes.written.contains(offsetBytes, offsetBytes + length)) {
          throw new NotFound("read blob " + hash().hex8() + ": absent range at " + offsetBytes);
        }
        long offset = offsetBytes;
        while (destination.hasRemaining()) {
          int within = (int) (offset % PAGE_BYTES);
          int part = Math.min(PAGE_BYTES - within, destination.remaining());
          destination.put(
              bytes.pages.getOrDefault(offset / PAGE_BYTES, new byte[PAGE_BYTES]), within, part);
          offset += part;
        }
        return length;
      }
    }

    @Override
    public void write(long offsetBytes, ByteBuffer verified) throws RealizeException {
      synchronized (MemoryBlobStore.this) {
        requireOpen();
        int length = verified.remaining();
        if (offsetBytes < 0 || offsetBytes + length > bytes.sizeBytes) {
          throw new IllegalArgumentException(
              "write of " + length + " at " + offsetBytes + " past " + bytes.sizeBytes);
        }
        if (length == 0) {
          return;
        }
        ByteRanges added = ByteRanges.of(offsetBytes, offsetBytes + length);
        if (storedBytes() + added.minus(bytes.written).lengthBytes() > capacityBytes) {
          throw new DiskFull(
              "write blob " + hash().hex8(), new DiskFullException("no space left on device"));
        }
        long offset = offsetBytes;
        while (verified.hasRemaining()) {
          int within = (int) (offset % PAGE_BYTES);
          int part = Math.min(PAGE_BYTES - within, verified.remaining());
          verified.get(
              bytes.pages.computeIfAbsent(offset / PAGE_BYTES, p -> new byte[PAGE_BYTES]),
              within,
              part);
          offset += part;
        }
        bytes.written = bytes.written.plus(added);
        writes++;
      }
    }

    @Override
    public void writeSame(long offsetBytes, ByteBuffer verified, Blob same)
        throws RealizeException {
      ByteBuffer there = ByteBuffer.allocate(verified.remaining());
      same.read(offsetBytes, there);
      if (!there.flip().equals(verified)) {
        throw new IllegalArgumentException(
            "blob " + same.hash().hex8() + " has other bytes at " + offsetBytes);
      }
      write(offsetBytes, verified);
    }

    @Override
    public void commit() {
      synchronized (MemoryBlobStore.this) {
        bytes.committed = bytes.written;
      }
    }

    @Override
    public Optional<Path> completeFile() {
      return Optional.empty();
    }

    @Override
    public void close() {
      synchronized (MemoryBlobStore.this) {
        closed = true;
      }
    }

    private void requireOpen() {
      if (closed) {
        throw new IllegalStateException("blob " + hash().hex8() + " is closed");
      }
    }
  }

  /** Committed ranges, for assertions. */
  public synchronized List<ByteRange> committed(ContentHash hash) {
    Bytes blob = blobs.get(hash);
    return blob == null ? List.of() : new ArrayList<>(blob.committed.ranges());
  }
}
