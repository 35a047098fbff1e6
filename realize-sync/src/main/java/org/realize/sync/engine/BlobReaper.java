package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.TimeSource;

/**
 * Deletes the blobs of one arena that no path has referred to, or held for what it shows now, for a
 * while. The grace lets a rename whose remove arrives first, and a download that has just begun,
 * keep its bytes. A restart begins it anew. Used by one thread.
 *
 * <p>A look costs a read for every blob, so it is taken only when something that is shown has
 * changed, when a blob's grace runs, or when the last one is long ago.
 */
public final class BlobReaper {

  public static final Duration GRACE = Duration.ofSeconds(60);

  /** Time from one step to the next. */
  private static final Duration PERIOD = Duration.ofSeconds(15);

  /** Time from one look to the next at most, also when nothing that is shown has changed. */
  private static final Duration UNPROMPTED = Duration.ofMinutes(10);

  /** Blobs looked at in one step. */
  private static final int BATCH = 1000;

  private final ArenaStore store;
  private final BlobStore blobs;
  private final TimeSource time;
  private final Duration grace;
  private final BlobHolds holds;
  private final AtomicBoolean changed = new AtomicBoolean(true);

  /** When each unreferenced blob was first seen so, on the monotonic clock. */
  private final Map<ContentHash, Long> unreferencedSince = new HashMap<>();

  private long lastLook;

  public BlobReaper(ArenaStore store, BlobStore blobs, TimeSource time) {
    this(store, blobs, time, GRACE, HoldLimits.DEFAULT);
  }

  public BlobReaper(
      ArenaStore store, BlobStore blobs, TimeSource time, Duration grace, HoldLimits limits) {
    this.holds = new BlobHolds(store, blobs, time, limits);
    this.store = store;
    this.blobs = blobs;
    this.time = time;
    this.grace = grace;
    store.addListener((headSeq, changes) -> changed.set(true));
  }

  /**
   * Looks once and deletes what is due. One failure does not keep the others from being deleted; it
   * is thrown at the end, and the next step tries again.
   *
   * @return when the next step is due
   */
  public Duration step() throws RealizeException {
    long now = time.monotonicNanos();
    boolean prompted = changed.getAndSet(false) || !unreferencedSince.isEmpty();
    if (!prompted && now - lastLook < UNPROMPTED.toNanos()) {
      return PERIOD;
    }
    lastLook = now;
    holds.review();
    RealizeException failure = null;
    List<ContentHash> due = due(now);
    if (!due.isEmpty()) {
      store.force(); // what says that they are not needed must not be lost after them
    }
    for (ContentHash hash : due) {
      try {
        blobs.delete(hash);
        unreferencedSince.remove(hash);
      } catch (RealizeException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return PERIOD;
  }

  private List<ContentHash> due(long now) throws RealizeException {
    List<BlobRow> rows = store.read(reader -> reader.unreferencedBlobs(BATCH));
    Set<ContentHash> unreferenced = rows.stream().map(BlobRow::hash).collect(Collectors.toSet());
    unreferencedSince.keySet().retainAll(unreferenced);
    List<ContentHash> due = new ArrayList<>();
    for (ContentHash hash : unreferenced) {
      long since = unreferencedSince.computeIfAbsent(hash, _ -> now);
      if (now - since >= grace.toNanos()) {
        due.add(hash);
      }
    }
    return due;
  }
}
