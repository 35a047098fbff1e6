package org.realize.sync.transfer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.EarlierVersions;
import org.realize.sync.content.FillTarget;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.PeerLink.ContentRequest;

/**
 * One content while anybody has it open: which blocks are here, which are on their way, and who
 * waits for them. Shared by all its readers.
 *
 * <p>A block is in exactly one of four places. <i>Missing</i>: nowhere. <i>On its way</i>: it has a
 * promise in {@code arriving}, made by the thread that needed it first and kept by the {@link
 * BlockRun} that fetches it; all others wait for the same promise. <i>Here</i>: it is kept.
 * <i>Loose</i>: it is not kept and is among the latest in memory. It is kept, or made loose, before
 * its promise leaves the map, so that a thread that finds no promise under the lock sees it in one
 * of the other two, or may ask for it. Waiters get the bytes from the promise itself, before they
 * are written.
 *
 * <p>{@code lock} guards the fields below it; nothing is waited for, read or written while it is
 * held. Below it only the monitor of {@link LooseBlocks}.
 */
final class ContentFetch {

  final FetchScope scope;
  final RelativePath path;
  final Content.File content;
  final ContentRequest request;
  final VerifiedTree tree;
  final Sources sources;
  final EarlierVersions earlier;
  final Patches patches;
  final FillTarget kept;
  private volatile boolean closed;

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, CompletableFuture<ByteBuffer>> arriving = new HashMap<>();
  private final Set<BlockRun> runs = new HashSet<>();
  private final Condition idle = lock.newCondition();

  /** The fetch of {@code content}, which {@code path} shows or showed. */
  ContentFetch(
      FetchScope scope,
      RelativePath path,
      Content.File content,
      FillTarget kept,
      EarlierVersions earlier) {
    this.scope = scope;
    this.path = path;
    this.content = content;
    RelativePath hint = Sources.hint(scope, path, content);
    request = new ContentRequest(scope.arena().name(), content.hash(), content.sizeBytes(), hint);
    tree = new VerifiedTree(scope, request);
    sources = new Sources(scope, path, content);
    this.earlier = earlier;
    patches = new Patches(scope, request, earlier);
    this.kept = kept;
  }

  // ---- for readers

  /** Finds what is kept already, and who has the content. */
  void open() throws RealizeException {
    kept.find();
    if (!kept.has(0, content.sizeBytes())) {
      sources.refresh();
    }
  }

  /**
   * Starts fetching what is missing of the blocks {@code [first, end)}, for a reader that waits.
   * Returns the promises of those that are on their way, by index.
   */
  Map<Long, CompletableFuture<ByteBuffer>> demand(long first, long end) throws Unreachable {
    Map<Long, CompletableFuture<ByteBuffer>> promises = new HashMap<>();
    List<BlockRun> started = new ArrayList<>();
    lock.lock();
    try {
      if (closed) {
        throw new Unreachable("read '" + path + "': it was closed");
      }
      plan(first, end, false, started);
      for (long index = first; index < end; index++) {
        CompletableFuture<ByteBuffer> promise = arriving.get(index);
        if (promise != null) {
          promises.put(index, promise);
        }
      }
    } finally {
      lock.unlock();
    }
    started.forEach(BlockRun::start);
    return promises;
  }

  /**
   * Starts fetching blocks that may be read soon, while there is room for them; returns the first
   * one not planned.
   */
  long ahead(long first, long end) {
    long last = kept.isKept() ? end : Math.min(end, first + scope.limits().runBlocks());
    List<BlockRun> started = new ArrayList<>();
    long reached;
    lock.lock();
    try {
      reached = plan(first, last, true, started);
    } finally {
      lock.unlock();
    }
    started.forEach(BlockRun::start);
    return reached;
  }

  /** Makes runs for what is missing; the lock is held. Returns the first block not planned. */
  private long plan(long first, long end, boolean ahead, List<BlockRun> started) {
    long index = first;
    while (index < end && !closed) {
      if (!missing(index)) {
        index++;
        continue;
      }
      int count = 1;
      while (index + count < end && count < scope.limits().runBlocks() && missing(index + count)) {
        count++;
      }
      if (ahead && !scope.pool().tryTakeAhead(count)) {
        break;
      }
      started.add(begin(index, count, ahead));
      index += count;
    }
    return index;
  }

  private boolean missing(long index) {
    return !arriving.containsKey(index)
        && !kept.has(offset(index), offset(index + 1))
        && loose(index) == null;
  }

  private BlockRun begin(long first, int count, boolean ahead) {
    BlockRun run = new BlockRun(this, first, count, ahead);
    for (long index = first; index < first + count; index++) {
      arriving.put(index, new CompletableFuture<>());
    }
    runs.add(run);
    return run;
  }

  private @Nullable ByteBuffer loose(long index) {
    return kept.isKept() ? null : scope.pool().loose().get(content.hash(), index);
  }

  /** The bytes of a block that has just arrived; null if they are kept or missing. */
  @Nullable ByteBuffer inMemory(long index) {
    CompletableFuture<ByteBuffer> promise;
    lock.lock();
    try {
      promise = arriving.get(index);
    } finally {
      lock.unlock();
    }
    if (promise == null) {
      return loose(index);
    }
    return promise.isDone() && !promise.isCompletedExceptionally() ? promise.getNow(null) : null;
  }

  /**
   * Waits for a promised block.
   *
   * @param untilNanos deadline on the monotonic clock
   */
  ByteBuffer await(CompletableFuture<ByteBuffer> promise, long untilNanos)
      throws RealizeException, InterruptedException {
    try {
      long left = untilNanos - scope.arena().time().monotonicNanos();
      return promise.get(Math.max(0, left), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new Unreachable(
          "read '" + path + "': not all bytes came within " + scope.limits().read());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Unreachable || e.getCause() instanceof VersionGone) {
        throw new Unreachable("read '" + path + "'", e.getCause());
      }
      throw new StorageFailed("read '" + path + "'", e.getCause());
    }
  }

  /** Waits for what is on its way, then commits all of it. */
  void commit() throws RealizeException, InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!runs.isEmpty()) {
        idle.await();
      }
    } finally {
      lock.unlock();
    }
    kept.commit();
  }

  /** Cancels what is on its way; what is kept is closed when the last run has ended. */
  void close() {
    List<BlockRun> running;
    lock.lock();
    try {
      closed = true;
      running = List.copyOf(runs);
    } finally {
      lock.unlock();
    }
    running.forEach(BlockRun::cancel);
    if (running.isEmpty()) {
      release();
    }
  }

  // ---- for runs

  /** Where block {@code index} begins; the size for the one after the last. */
  long offset(long index) {
    return Math.min(content.sizeBytes(), TreeShape.blockOffset(index));
  }

  /**
   * Hands a verified block to its readers, then to the kept. Never fails.
   *
   * @param same another blob that has it at the same place, if one does
   */
  void deliver(long index, ByteBuffer bytes, @Nullable Blob same) {
    CompletableFuture<ByteBuffer> promise;
    lock.lock();
    try {
      promise = arriving.get(index);
    } finally {
      lock.unlock();
    }
    if (promise != null) {
      promise.complete(bytes);
    }
    boolean isKept = kept.keep(offset(index), bytes.duplicate(), same);
    lock.lock();
    try {
      if (!isKept) {
        scope.pool().loose().put(content.hash(), index, bytes);
      }
      arriving.remove(index);
    } finally {
      lock.unlock();
    }
  }

  /** Ends {@code run}: what it did not deliver, {@code [next, end)}, fails. */
  void finished(BlockRun run, long next, long end, @Nullable RealizeException failure) {
    List<CompletableFuture<ByteBuffer>> failed = new ArrayList<>();
    boolean last;
    lock.lock();
    try {
      for (long index = next; index < end; index++) {
        CompletableFuture<ByteBuffer> promise = arriving.remove(index);
        if (promise != null) {
          failed.add(promise);
        }
      }
      runs.remove(run);
      if (runs.isEmpty()) {
        idle.signalAll();
      }
      last = closed && runs.isEmpty();
    } finally {
      lock.unlock();
    }
    RealizeException cause =
        failure == null ? new Unreachable("fetch '" + path + "': not delivered") : failure;
    failed.forEach(promise -> promise.completeExceptionally(cause));
    if (last) {
      release();
    }
  }

  private void release() {
    scope.pool().loose().remove(content.hash());
    earlier.close();
    kept.close();
  }
}
