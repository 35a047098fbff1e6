package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.FillTarget;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.RealizeException;

/** One handle on a {@link ContentFetch}, with a read-ahead of its own. */
final class FetchReader implements OpenFile {

  /** Blocks asked for at once, whatever the length of a read. */
  private static final long DEMAND_BLOCKS = 32;

  private final ContentFetch fetch;
  private final FillTarget kept;
  private final Runnable onClose;
  private final long sizeBytes;
  private final long blocks;
  private final long minAheadBlocks;
  private final ReadAhead readAhead;
  private final AtomicLong plannedBlock = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  FetchReader(ContentFetch fetch, Runnable onClose) {
    this.fetch = fetch;
    this.onClose = onClose;
    kept = fetch.kept;
    sizeBytes = fetch.content.sizeBytes();
    blocks = new TreeShape(sizeBytes).blocks();
    DownloadLimits limits = fetch.scope.limits();
    readAhead = new ReadAhead(limits.aheadBytes());
    minAheadBlocks = Math.min(limits.runBlocks(), limits.aheadBytes() / TreeShape.BLOCK_BYTES / 4);
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
    requireOpen();
    int length = length(offsetBytes, destination);
    if (length == 0) {
      return 0;
    }
    long end = offsetBytes + length;
    if (kept.has(offsetBytes, end)) {
      readKept(offsetBytes, part(destination, 0, length));
    } else if (!readMemory(offsetBytes, end, destination)) {
      return WOULD_WAIT;
    }
    if (!isComplete()) {
      planAhead(end, readAhead.after(offsetBytes, end));
    }
    destination.position(destination.position() + length);
    fetch.scope.counters().read(length);
    return length;
  }

  private void readKept(long offset, ByteBuffer destination) throws RealizeException {
    int length = destination.remaining();
    kept.read(offset, destination);
    fetch.scope.counters().fromBlob(length);
  }

  private boolean isComplete() {
    return kept.has(0, sizeBytes);
  }

  /** Reads what has just arrived and is not all in the blob yet; false if some is missing. */
  private boolean readMemory(long offset, long end, ByteBuffer destination)
      throws RealizeException {
    for (long at = offset; at < end; at = blockEnd(at, end)) {
      long stop = blockEnd(at, end);
      ByteBuffer target = part(destination, (int) (at - offset), (int) (stop - at));
      ByteBuffer bytes = fetch.inMemory(TreeShape.blockAt(at));
      if (bytes != null) {
        copy(bytes, at, target);
      } else if (kept.has(at, stop)) {
        readKept(at, target);
      } else {
        return false;
      }
    }
    return true;
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    requireOpen();
    int length = length(offsetBytes, destination);
    if (length == 0) {
      return 0;
    }
    long end = offsetBytes + length;
    long readTo = readAhead.after(offsetBytes, end);
    long until =
        fetch.scope.arena().time().monotonicNanos() + fetch.scope.limits().read().toNanos();
    Map<Long, CompletableFuture<ByteBuffer>> promises = Map.of();
    for (long at = offsetBytes; at < end; ) {
      if (Thread.interrupted()) {
        throw new InterruptedException("read '" + fetch.path + "'");
      }
      ByteBuffer target = part(destination, (int) (at - offsetBytes), (int) (end - at));
      if (kept.has(at, end)) {
        readKept(at, target);
        break;
      }
      long block = TreeShape.blockAt(at);
      if (!promises.containsKey(block)) {
        fetch.sources.awaitFirstDials();
        promises =
            fetch.demand(block, Math.min(block + DEMAND_BLOCKS, TreeShape.blockAt(end - 1) + 1));
        planAhead(end, readTo);
      }
      at = readBlock(at, blockEnd(at, end), promises.get(block), until, target);
    }
    planAhead(end, readTo);
    destination.position(destination.position() + length);
    fetch.scope.counters().read(length);
    return length;
  }

  /** Fetches what is missing, in order, and makes it durable. */
  void fill() throws RealizeException, InterruptedException {
    kept.want();
    fillMissing();
    if (!isComplete()) {
      fillMissing(); // what came before it was wanted may have gone by
    }
  }

  private void fillMissing() throws RealizeException, InterruptedException {
    ByteBuffer one = ByteBuffer.allocate(1);
    for (long block = 0; block < blocks; block++) {
      long start = TreeShape.blockOffset(block);
      if (!kept.has(start, Math.min(sizeBytes, start + TreeShape.BLOCK_BYTES))) {
        if (!kept.isKept()) {
          break; // the rest would be fetched in vain
        }
        planAhead(start + 1, Math.min(sizeBytes, start + fetch.scope.limits().aheadBytes()));
        read(start, one.clear());
      }
    }
    fetch.commit();
  }

  /** Reads part of one block; returns where that ends, or {@code at} if it must be asked for. */
  private long readBlock(
      long at,
      long stop,
      @Nullable CompletableFuture<ByteBuffer> promise,
      long until,
      ByteBuffer target)
      throws RealizeException, InterruptedException {
    ByteBuffer part = part(target, 0, (int) (stop - at));
    if (promise != null) {
      copy(fetch.await(promise, until), at, part);
      return stop;
    }
    if (kept.has(at, stop)) {
      readKept(at, part);
      return stop;
    }
    ByteBuffer bytes = fetch.inMemory(TreeShape.blockAt(at));
    if (bytes == null) {
      return at;
    }
    copy(bytes, at, part);
    return stop;
  }

  /**
   * Plans the blocks between {@code end} and {@code target} once a fair part is not planned yet.
   */
  private void planAhead(long end, long target) {
    long from = TreeShape.blockAt(end - 1) + 1;
    if (target == end) {
      plannedBlock.set(from);
      return;
    }
    long to = Math.min(blocks, (target + TreeShape.BLOCK_BYTES - 1) / TreeShape.BLOCK_BYTES);
    if (!kept.isKept()) {
      // What is not kept waits in memory, where as much of what was read before lies in its way.
      to = Math.min(to, from + fetch.scope.limits().looseBlocks() / 2);
    }
    long planned = plannedBlock.get();
    long first = planned >= from && planned <= to ? planned : from;
    long least = to == blocks ? 1 : Math.min(minAheadBlocks, (to - from) / 4 + 1);
    if (to - first >= least && plannedBlock.compareAndSet(planned, to)) {
      long reached = fetch.ahead(first, to);
      if (reached < to) {
        plannedBlock.compareAndSet(to, reached);
      }
    }
  }

  private int length(long offset, ByteBuffer destination) {
    if (offset < 0) {
      throw new IllegalArgumentException("offset " + offset + " below 0");
    }
    return (int) Math.min(destination.remaining(), Math.max(0, sizeBytes - offset));
  }

  private static long blockEnd(long at, long end) {
    return Math.min(end, TreeShape.blockOffset(TreeShape.blockAt(at) + 1));
  }

  private static ByteBuffer part(ByteBuffer buffer, int start, int length) {
    return buffer.slice(buffer.position() + start, length);
  }

  private static void copy(ByteBuffer block, long at, ByteBuffer target) {
    int within = (int) (at - TreeShape.blockOffset(TreeShape.blockAt(at)));
    target.put(0, block, within, target.remaining());
  }

  private void requireOpen() {
    if (closed.get()) {
      throw new IllegalStateException("'" + fetch.path + "' is closed");
    }
  }

  @Override
  public Optional<Path> backing() {
    Optional<Path> file = kept.backing();
    if (file.isPresent()) {
      fetch.scope.counters().passed(sizeBytes);
    }
    return file;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      onClose.run();
    }
  }
}
