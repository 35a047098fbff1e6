package org.realize.store.journal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The commit record: every write of the store, single rows too, goes through here.
 *
 * <p>A writer holds the lock of its arena while it reads (with {@link #staged}), computes and
 * {@link #submit submits}; it releases the lock before it waits. One committer merges what waits
 * into one batch of about 8 MB at most and writes it to the journal; from then on readers see it
 * and its writers are notified. One applier writes the batches to the tables, in order, and removes
 * old journal rows.
 *
 * <p>On a full disk a commit is refused before anything of it is written or staged, as {@link
 * StoreRoom} has it, and what was accepted before waits here for the room to be applied.
 *
 * <p>Any failure of the journal or of the tables stops the log for good: every waiter is notified,
 * those of the failing batch and those still queued; every later call fails; the listener is
 * notified once. What was acknowledged before is in the journal and applied at the next open.
 *
 * <p>Thread-safe. Costs: a read 0.3–0.6 µs from the row cache, 2 µs (120 bytes) to 10 µs (11 KB)
 * from the tables; a commit of a few rows about 0.1 ms alone, shared by all that wait at that time,
 * plus a flush of the disk if it must be durable.
 */
public final class CommitLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitLog.class);
  private static final int BATCHES_TO_APPLY = 64;

  /** The journal keeps the rows of what is applied in one go: half of what may wait. */
  private static final int BATCHES_AT_ONCE = 32;

  /** The time without a batch after which unused rows of the journal are removed. */
  private static final long IDLE_MILLIS = 200;

  /** How long the applier waits for more to apply at once, in steps so that it can be hurried. */
  private static final long LINGER_MILLIS = 100;

  private static final long LINGER_STEP_MILLIS = 20;

  /** What is applied at a time on a scarce disk. */
  private static final int PIECE_ROWS = 512;

  private static final long PIECE_BYTES = 1L << 20;
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(60);

  private final StoreRoom room;
  private final CommitQueue queue;
  private final Overlay overlay = new Overlay();
  private final ArrayBlockingQueue<Batch> toApply = new ArrayBlockingQueue<>(BATCHES_TO_APPLY);
  private final RowCache cache;
  private final Tables tables;
  private final JournalTable journalTable;
  private final Journal journal;
  private final Durability durability;
  private final Consumer<Throwable> onFailure;

  private volatile boolean isReady;

  /** Of the applier: what comes now is left to the next process. */
  private boolean isLeft;

  private final Thread committer;
  private final Thread applier;

  private record Batch(
      CommitQueue.Round round, Map<RowKey, RowBatch.Cell> rows, long bytes, long sequence) {

    boolean isEnd() {
      return round.commits().isEmpty();
    }
  }

  /** Tells the applier that nothing comes any more. */
  private static final Batch END =
      new Batch(new CommitQueue.Round(0, List.of(), false), Map.of(), 0, 0);

  /** Opens the log of a running node: applies again what the last process left unapplied. */
  public static CommitLog open(
      IgniteNode node, Durability durability, long cacheBytes, Consumer<Throwable> onFailure)
      throws RealizeException {
    try {
      CommitLog log =
          new CommitLog(
              node.journal(), node.tables(), durability, cacheBytes, onFailure, node.room());
      node.onFailure(log::fail);
      node.room().opened();
      return log;
    } catch (RuntimeException e) {
      throw new RealizeException.StorageFailed("could not open the journal", e);
    }
  }

  CommitLog(
      JournalTable journalTable,
      Tables tables,
      Durability durability,
      long cacheBytes,
      Consumer<Throwable> onFailure,
      StoreRoom room)
      throws RealizeException {
    this.room = room;
    this.queue = new CommitQueue(room);
    this.journalTable = journalTable;
    this.tables = tables;
    this.durability = durability;
    this.onFailure = onFailure;
    this.cache = new RowCache(cacheBytes);
    this.journal = new Journal(journalTable, tables);
    for (Journal.Unapplied left : journal.unapplied()) {
      overlay.publish(left.cells(), () -> {});
    }
    this.committer = Thread.ofPlatform().daemon().name("store-commit").start(this::commitAll);
    this.applier = Thread.ofPlatform().daemon().name("store-apply").start(this::applyAll);
  }

  /** The row as readers see it: null if there is none. The bytes must not be changed. */
  public byte @Nullable [] get(RowKey key) throws RealizeException.StorageFailed {
    int stamp = cache.stamp(key);
    RowBatch.Cell cell = overlay.durable(key);
    if (cell != null) {
      return cell.value;
    }
    try {
      return cache.get(key, stamp, tables::get);
    } catch (RuntimeException e) {
      throw new RealizeException.StorageFailed("could not read " + key, e);
    }
  }

  /**
   * The row as the next commit must build on it, commits under way included. Only for who holds the
   * lock of the row's arena.
   */
  public byte @Nullable [] staged(RowKey key) throws RealizeException.StorageFailed {
    RowBatch.Cell cell = overlay.staged(key);
    return cell == null ? get(key) : cell.value;
  }

  /**
   * Runs a reader that needs several rows of an arena, so that it sees each commit whole or not at
   * all. It must only read and end within milliseconds, since no commit of its arena becomes
   * visible until it ends.
   */
  public <T extends @Nullable Object, E extends Exception> T readWhole(
      int arena, Reading<T, E> reader) throws E {
    return overlay.readWhole(arena, reader);
  }

  /**
   * Whether this thread is within {@link #readWhole} of the arena, where it must not wait for a
   * commit: none becomes visible until it ends.
   */
  public boolean isReading(int arena) {
    return overlay.isReading(arena);
  }

  /**
   * Hands over a commit of at most {@link RowBatch#MAX_BYTES}; the rows must not be changed any
   * more. Waits only while 32 MB are in flight, and some seconds on a full disk. The caller holds
   * the locks of all arenas that the rows belong to, so that commits of one row arrive in the order
   * in which they were built.
   *
   * @throws DiskFull if the disk is full; nothing was written
   * @throws RealizeException.StorageFailed if the store has stopped; nothing was written
   */
  public Commit submit(RowBatch rows) throws RealizeException.StorageFailed, DiskFull {
    return submit(rows, false);
  }

  /** Notes that the node has started: the few commits of a start are made on a full disk, too. */
  public void ready() {
    isReady = true;
  }

  /** Waits, some seconds at most, until the disk is not full; else {@code DiskFull}. */
  public void requireRoom() throws DiskFull {
    room.admit(false);
  }

  /** What the user should know of the store's disk, in one line; empty while it has room. */
  public Optional<String> diskTrouble() {
    return room.trouble();
  }

  /**
   * As {@link #submit}, on a full disk out of the store's reserve: for what is small and rare, or
   * frees room.
   */
  public Commit submitVital(RowBatch rows) throws RealizeException.StorageFailed, DiskFull {
    return submit(rows, true);
  }

  private Commit submit(RowBatch rows, boolean isSmall)
      throws RealizeException.StorageFailed, DiskFull {
    boolean isVital = isSmall || (!isReady && room.isFull());
    if (rows.bytes() > RowBatch.MAX_BYTES) {
      throw new IllegalArgumentException("a commit of " + rows.bytes() + " bytes");
    }
    Commit commit = new Commit(queue, rows);
    room.admit(isVital);
    long bytes = queue.reserve(commit, isVital);
    boolean isPrepared = false;
    try {
      journalTable.prepare(bytes, isVital);
      isPrepared = true;
    } catch (RuntimeException e) {
      fail(e);
      throw new RealizeException.StorageFailed("could not take room for a commit", e);
    } finally {
      if (!isPrepared) {
        queue.release(commit);
      }
    }
    overlay.stage(rows.cells());
    queue.submit(commit);
    return commit;
  }

  /**
   * Waits until the tables hold all that was submitted before, and the journal says so, durably:
   * from then on no earlier row is ever applied again.
   */
  public void settle(Duration limit) throws RealizeException.StorageFailed, DiskFull {
    submitVital(new RowBatch()); // applied after what a start has left to apply
    queue.awaitApplied(limit);
    journal.secure();
    submitVital(new RowBatch()).awaitDurable(limit);
  }

  /** Forgets the rows of an arena whose space is about to be destroyed; settled before. */
  public void forget(int arena) {
    cache.forget(arena);
  }

  /** Waits until everything that readers see now survives a power cut. */
  public void force(Duration limit) throws RealizeException.StorageFailed {
    queue.lastCommit().awaitDurable(limit);
  }

  /** Stops the log because of a failure; the first one counts. */
  public void fail(Throwable cause) {
    if (queue.fail(cause)) {
      toApply.offer(END); // if it is full, the applier does not wait
      LOG.error("the store stops: {}", cause.toString(), cause);
      onFailure.accept(cause);
    }
  }

  private void commitAll() {
    try {
      for (CommitQueue.Round round = queue.take(); round != null; round = queue.take()) {
        commit(round);
      }
      handOver(END);
    } catch (Throwable e) {
      fail(e);
    }
  }

  private void commit(CommitQueue.Round round) throws InterruptedException {
    if (round.commits().isEmpty()) {
      flush(round);
      return;
    }
    Map<RowKey, RowBatch.Cell> rows = new LinkedHashMap<>();
    long bytes = 0;
    for (Commit commit : round.commits()) {
      rows.putAll(commit.cells());
      bytes += commit.bytes();
    }
    long sequence = journal.append(rows);
    boolean flushFirst = durability == Durability.FSYNC;
    if (flushFirst) {
      journal.flush();
    }
    overlay.publish(rows, () -> rows.keySet().forEach(cache::published));
    round.commits().forEach(Commit::acknowledge);
    queue.journaled(round);
    if (flushFirst) {
      queue.flushed(round.batch());
    } else if (round.flush()) {
      flush(round);
    }
    handOver(new Batch(round, rows, bytes, sequence));
  }

  private void handOver(Batch batch) throws InterruptedException {
    while (queue.failure() == null && !toApply.offer(batch, IDLE_MILLIS, TimeUnit.MILLISECONDS)) {
      // It is full; the applier may have stopped.
    }
  }

  private void flush(CommitQueue.Round round) {
    journal.flush();
    queue.flushed(round.batch());
  }

  private void applyAll() {
    try {
      applyLeft();
      Batch next = toApply.take();
      while (!next.isEnd() && queue.failure() == null) {
        next = applyWith(next);
        if (next == null) {
          next = toApply.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        }
        if (next == null) {
          journal.trim(true);
          next = toApply.take();
        }
      }
    } catch (Throwable e) {
      fail(e);
    }
  }

  /**
   * Applies a batch together with those that come soon after: rows that are written again are
   * written once. Returns {@link #END} if that came, else null.
   */
  private @Nullable Batch applyWith(Batch first) throws InterruptedException {
    List<Batch> batches = new ArrayList<>(List.of(first));
    long bytes = first.bytes();
    long waited = 0;
    while (batches.size() < BATCHES_AT_ONCE && bytes < CommitQueue.MAX_BATCH_BYTES) {
      Batch more = toApply.poll();
      if (more == null && waited < LINGER_MILLIS && !queue.isAwaited()) {
        more = toApply.poll(LINGER_STEP_MILLIS, TimeUnit.MILLISECONDS);
        waited += LINGER_STEP_MILLIS;
        if (more == null) {
          continue;
        }
      }
      if (more == null || more.isEnd()) {
        apply(batches);
        return more;
      }
      batches.add(more);
      bytes += more.bytes();
    }
    apply(batches);
    return null;
  }

  /** Applies what the last process left in the journal only. */
  private void applyLeft() throws InterruptedException {
    for (Journal.Unapplied left : journal.unapplied()) {
      if (!applyWithRoom(left.cells())) {
        return;
      }
      left.cells().forEach(cache::replace);
      overlay.applied(left.cells(), List.of());
      journal.applied(left.sequence(), left.bytes());
      journal.trim(false);
    }
  }

  /**
   * Applies rows, on a scarce disk in small pieces, each once there is room for it. False if the
   * log ends before: then they and all after them stay in the journal.
   */
  private boolean applyWithRoom(Map<RowKey, RowBatch.Cell> rows) throws InterruptedException {
    if (!room.isScarce()) {
      tables.apply(rows);
      return true;
    }
    Map<RowKey, RowBatch.Cell> piece = new LinkedHashMap<>();
    long bytes = 0;
    for (Map.Entry<RowKey, RowBatch.Cell> row : rows.entrySet()) {
      piece.put(row.getKey(), row.getValue());
      bytes += RowBatch.size(row.getKey(), row.getValue().value);
      if (piece.size() >= PIECE_ROWS || bytes >= PIECE_BYTES) {
        if (!applyOnceThereIsRoom(piece, bytes)) {
          return false;
        }
        piece = new LinkedHashMap<>();
        bytes = 0;
      }
    }
    return applyOnceThereIsRoom(piece, bytes);
  }

  private boolean applyOnceThereIsRoom(Map<RowKey, RowBatch.Cell> piece, long bytes)
      throws InterruptedException {
    boolean isApplied = awaitRoom(piece.size(), bytes);
    if (isApplied) {
      tables.apply(piece);
    }
    return isApplied;
  }

  private boolean awaitRoom(int rows, long bytes) throws InterruptedException {
    while (!isLeft && !room.mayApply(rows, bytes)) {
      isLeft = queue.failure() != null || queue.isClosing();
      Thread.sleep(IDLE_MILLIS);
    }
    return !isLeft;
  }

  private void apply(List<Batch> batches) throws InterruptedException {
    Map<RowKey, RowBatch.Cell> rows = new LinkedHashMap<>();
    List<Map<RowKey, RowBatch.Cell>> commits = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : batches) {
      rows.putAll(batch.rows());
      bytes += batch.bytes();
      batch.round().commits().forEach(commit -> commits.add(commit.cells()));
    }
    if (!applyWithRoom(rows)) {
      return;
    }
    rows.forEach(cache::replace);
    overlay.applied(rows, commits);
    journal.applied(batches.getLast().sequence(), bytes);
    batches.forEach(batch -> queue.applied(batch.round()));
    journal.trim(false);
  }

  /** Lets what was submitted reach the tables, at most a minute, then stops both threads. */
  @Override
  public void close() throws RealizeException.StorageFailed {
    queue.close();
    try {
      if (!committer.join(CLOSE_LIMIT) || !applier.join(CLOSE_LIMIT)) {
        throw new RealizeException.StorageFailed("store still writes after " + CLOSE_LIMIT, null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RealizeException.StorageFailed("closing the store was interrupted", e);
    }
    Throwable failure = queue.failure();
    if (failure != null) {
      throw new RealizeException.StorageFailed("store stopped", failure);
    }
  }
}
