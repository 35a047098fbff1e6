package org.realize.sync.feed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.EntrySize;
import org.realize.sync.rules.Marks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One arena's own feed, read out in pages for peers. Whatever is in a page survives a power cut
 * here before the page is handed out.
 *
 * <p>Thread-safe: pages are read from the store's snapshots; the lock guards only the wait for news
 * and is never held while anything else is done.
 */
public final class FeedPages {

  private static final Logger LOG = LoggerFactory.getLogger(FeedPages.class);

  /** The most entries of one page, whatever is asked for. */
  public static final int MAX_ENTRIES = 1_000;

  /** The most bytes of one page on the wire; a peer that asks may have to hold all of it. */
  static final int MAX_BYTES = 2 << 20;

  /** States that are read at once, each of which may be as large as peers could make it. */
  private static final int STATES_AT_ONCE = 50;

  private final ArenaStore store;
  private final Mark arenaMark;
  private final UnsentVersions unsent;

  private final Map<PeerName, Long> taken = new ConcurrentHashMap<>();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();

  /** Guarded by {@link #lock}, as the field below: the head as the last commit told it. */
  private long headSeq;

  private boolean ended;

  /**
   * Makes the pages of {@code store}.
   *
   * @param arenaMark the mark of what has none of its own
   */
  public FeedPages(ArenaStore store, Mark arenaMark, TimeSource time) {
    this.store = store;
    this.arenaMark = arenaMark;
    this.unsent = new UnsentVersions(store, time);
    store.addListener(changes -> committed(changes.headSeq()));
  }

  /**
   * How far a peer has committed this feed: the sequence after which it asked last, or the head at
   * which it has all entries, which is above the last entry where what was announced last is known
   * no more. Empty if it never asked in this life.
   */
  public Optional<Long> committedBy(PeerName peer) {
    return Optional.ofNullable(taken.get(peer));
  }

  /** Entries above {@code afterSeq}, as many as there are now but at most {@code max}. */
  public FeedPage page(long afterSeq, int max) throws RealizeException {
    int limit = Math.clamp(max, 1, MAX_ENTRIES);
    Map<RelativePath, String> faults = new HashMap<>();
    FeedPage page = store.read(reader -> read(reader, afterSeq, limit, faults));
    unsent.note(page, faults);
    if (!page.entries().isEmpty()) {
      store.force();
    }
    return page;
  }

  /**
   * As {@link #page(long, int)}, for a peer that has committed all up to {@code afterSeq}; waits at
   * most {@code wait} while there is nothing to tell. {@code NotFound} once the pages have ended.
   */
  public FeedPage page(PeerName reader, long afterSeq, int max, Duration wait)
      throws RealizeException, InterruptedException {
    FeedPage page = page(reader, afterSeq, max);
    long leftNanos = wait.toNanos();
    while (page.entries().isEmpty() && leftNanos > 0) {
      leftNanos = awaitAbove(Math.max(afterSeq, page.headSeq()), leftNanos);
      requireServed();
      page = page(reader, afterSeq, max);
    }
    return page;
  }

  private FeedPage page(PeerName reader, long afterSeq, int max) throws RealizeException {
    FeedPage page = page(afterSeq, max);
    boolean hasAll = page.entries().isEmpty();
    taken.put(reader, hasAll ? Math.max(afterSeq, page.headSeq()) : afterSeq);
    return page;
  }

  /** Ends all waits for news: the arena takes part no longer. */
  public void end() {
    lock.lock();
    try {
      ended = true;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void requireServed() throws NotFound {
    lock.lock();
    try {
      if (ended) {
        throw new NotFound("no arena '" + store.arena() + "' here");
      }
    } finally {
      lock.unlock();
    }
  }

  private FeedPage read(
      ArenaReader reader, long afterSeq, int limit, Map<RelativePath, String> faults)
      throws StorageFailed {
    faults.clear();
    Marks marks = new Marks(arenaMark, reader.marks());
    List<FeedEntry> entries = new ArrayList<>();
    long after = afterSeq;
    long bytes = 0;
    while (entries.size() < limit) {
      List<PathState> states = reader.feed(after, Math.min(limit - entries.size(), STATES_AT_ONCE));
      if (states.isEmpty()) {
        break;
      }
      for (PathState state : states) {
        after = state.announcedSeq();
        Optional<FeedEntry> entry = entry(reader, state, marks.of(state.path()), faults);
        if (entry.isPresent()) {
          bytes += EntrySize.bytes(state.path(), entry.get().report());
          if (bytes > MAX_BYTES && !entries.isEmpty()) {
            return new FeedPage(entries, reader.headSeq());
          }
          entries.add(entry.get());
        }
      }
    }
    return new FeedPage(entries, reader.headSeq());
  }

  /** The entry of one path; empty, and a fault, if it cannot be made. */
  private Optional<FeedEntry> entry(
      ArenaReader reader, PathState state, Mark mark, Map<RelativePath, String> faults)
      throws StorageFailed {
    RelativePath path = state.path();
    try {
      Report whole = report(reader, state, mark);
      Report bounded = AnnounceRules.bounded(state, whole);
      int left = whole.versions().size() - bounded.versions().size();
      if (EntrySize.bytes(path, bounded) > EntrySize.MAX_RECEIVED_BYTES) {
        faults.put(path, "not announced: too many stores have changed it");
        return Optional.empty();
      }
      if (left > 0) {
        faults.put(path, left + " of its versions are too many to announce");
      }
      return Optional.of(new FeedEntry(path, bounded));
    } catch (RuntimeException e) {
      LOG.error("arena {}: cannot announce '{}'", store.arena(), path, e);
      faults.put(path, "cannot be announced: " + e);
      return Optional.empty();
    }
  }

  /** Complete blobs count as held only where the mark keeps them. */
  private Report report(ArenaReader reader, PathState state, Mark mark) throws StorageFailed {
    Report real = AnnounceRules.report(state, _ -> false);
    if (mark == Mark.WATCH) {
      return real;
    }
    List<ContentHash> complete = new ArrayList<>();
    for (Report.Reported said : real.versions()) {
      if (!said.held()
          && said.version().content() instanceof Content.File(ContentHash hash, long size)
          && (size == 0 || reader.blob(hash).filter(BlobRow::isWhole).isPresent())) {
        complete.add(hash);
      }
    }
    return complete.isEmpty() ? real : AnnounceRules.report(state, complete::contains);
  }

  private void committed(long head) {
    lock.lock();
    try {
      if (head > headSeq) {
        headSeq = head;
        news.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until the head is above {@code seq}; returns the nanoseconds that are left. */
  private long awaitAbove(long seq, long nanos) throws InterruptedException {
    long left = nanos;
    lock.lockInterruptibly();
    try {
      while (headSeq <= seq && left > 0 && !ended) {
        left = news.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
    return left;
  }
}
