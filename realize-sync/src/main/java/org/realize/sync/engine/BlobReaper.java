package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.BlobUse.Area;
import org.realize.sync.port.TimeSource;

/**
 * Looks after the blobs of one arena that no path has referred to, or held for what it shows now,
 * for a while. Their bytes go to pending removal: they serve a path that shows that content again,
 * until their room is needed. A blob without bytes is deleted. The grace lets a rename whose remove
 * arrives first, and a download that has just begun, keep its place. A restart begins it again.
 * Used by one thread.
 *
 * <p>A look costs a read for every blob, so it is taken only when something that is shown has
 * changed, when a blob's grace runs, or when the last one is long ago.
 */
public final class BlobReaper implements Job {

  public static final Duration GRACE = Duration.ofSeconds(60);

  /** Time from one step to the next. */
  private static final Duration PERIOD = Duration.ofSeconds(15);

  /** Time from one look to the next at most, also when nothing that is shown has changed. */
  private static final Duration UNPROMPTED = Duration.ofMinutes(10);

  /** Blobs looked at in one query. */
  private static final int PAGE = 10_000;

  /** Blobs that are remembered at most; the others wait for a later step. */
  private static final int MAX_WAITING = 100_000;

  private final ArenaStore store;
  private final BlobStore blobs;
  private final TimeSource time;
  private final Duration grace;
  private final BlobHolds holds;
  private final AtomicBoolean changed = new AtomicBoolean(true);

  /** When each unreferenced blob was first seen so, on the monotonic clock. */
  private final Map<ContentHash, Long> unreferencedSince = new HashMap<>();

  /** What was sent to pending removal, as long as its row does not say so. */
  private final Set<ContentHash> retired = new HashSet<>();

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
    store.addListener(_ -> changed.set(true));
  }

  @Override
  public String purpose() {
    return "delete blobs that nothing shows";
  }

  /**
   * Looks once and takes what is due. One failure does not keep the others from being deleted; it
   * is thrown at the end, and the next step tries again.
   *
   * @return the time until the next step
   */
  @Override
  public Optional<Duration> step() throws RealizeException {
    long now = time.monotonicNanos();
    boolean prompted = changed.getAndSet(false) || !unreferencedSince.isEmpty();
    if (!prompted && now - lastLook < UNPROMPTED.toNanos()) {
      return Optional.of(PERIOD);
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
    return Optional.of(PERIOD);
  }

  /**
   * Goes through what nothing refers to: sends bytes to pending removal, and returns contents
   * without any.
   */
  private List<ContentHash> due(long now) throws RealizeException {
    Map<ContentHash, Long> before = Map.copyOf(unreferencedSince);
    unreferencedSince.clear();
    Set<ContentHash> retiredBefore = Set.copyOf(retired);
    retired.clear();
    List<ContentHash> due = new ArrayList<>();
    for (long next = BlobPage.START; next != BlobPage.END; ) {
      long after = next;
      BlobPage page = store.read(reader -> reader.unreferencedBlobs(after, PAGE));
      for (BlobInfo blob : page.blobs()) {
        boolean hasBytes = blob.availableBytes() > 0;
        if (hasBytes && blob.use().area() == Area.PENDING) {
          continue;
        }
        if (retired.size() + unreferencedSince.size() >= MAX_WAITING) {
          return due;
        }
        long since = before.getOrDefault(blob.hash(), now);
        boolean isDue = now - since >= grace.toNanos();
        if (hasBytes && (isDue || retiredBefore.contains(blob.hash()))) {
          blobs.retire(blob.hash());
          retired.add(blob.hash());
        } else {
          unreferencedSince.put(blob.hash(), since);
          if (isDue) {
            due.add(blob.hash());
          }
        }
      }
      next = page.next();
    }
    return due;
  }
}
