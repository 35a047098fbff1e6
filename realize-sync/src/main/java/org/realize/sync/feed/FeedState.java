package org.realize.sync.feed;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PeerRules;

/**
 * The state of one arena's feeds from peers, in memory in step with the store: what is held or
 * failed, what was lost, how far each feed was read. It is loaded again after a failed commit. All
 * commits are small, so that others can write between them.
 *
 * <p>Thread-safe; all mutable fields are used only inside the arena's writes.
 */
final class FeedState {

  /** Entries in one commit. */
  static final int COMMIT_ENTRIES = 500;

  private final ArenaStore arena;
  private final Mark arenaMark;
  private final TimeSource time;
  private final PathFindings findings = new PathFindings();
  private final RemovalGuard guard;
  private final FeedProgress progress = new FeedProgress();

  /** True when what is in memory may be ahead of the store: at first, and after a failed commit. */
  private volatile boolean stale = true;

  /** False if nothing waits for a feed. */
  private volatile boolean waits = true;

  FeedState(ArenaStore arena, Mark arenaMark, TimeSource time, boolean isGuarded) {
    this.arena = arena;
    this.arenaMark = arenaMark;
    this.time = time;
    this.guard = new RemovalGuard(findings, time, isGuarded);
  }

  ArenaStore arena() {
    return arena;
  }

  TimeSource time() {
    return time;
  }

  PathFindings findings() {
    return findings;
  }

  RemovalGuard guard() {
    return guard;
  }

  FeedProgress progress() {
    return progress;
  }

  /** False if no path waits for a feed to be read. */
  boolean waits() {
    return waits;
  }

  /** Runs {@code effect} in one commit, with the state in step with the store. */
  void write(ArenaStore.Effect effect) throws RealizeException {
    boolean committed = false;
    try {
      arena.write(writer -> {
        if (stale) {
          progress.load();
          findings.load(writer);
          guard.load(writer);
          stale = false;
        }
        guard.expire();
        effect.run(writer);
        guard.write(writer);
        waits = findings.waits();
      });
      committed = true;
    } finally {
      if (!committed) {
        stale = true;
        waits = true;
      }
    }
  }

  /** Runs {@code step} for each of {@code items}, in as many commits as that takes. */
  <E> void writeEach(List<E> items, ArenaStore.Step<? super E> step) throws RealizeException {
    for (int start = 0; start < items.size(); start += COMMIT_ENTRIES) {
      List<E> part = items.subList(start, Math.min(items.size(), start + COMMIT_ENTRIES));
      write(writer -> {
        for (E item : part) {
          step.run(writer, item);
        }
      });
    }
  }

  /** Puts {@code after}, with a new place in our own feed where it is news. */
  void put(ArenaWriter writer, @Nullable PathState before, PathState after) throws StorageFailed {
    Mark mark = new Marks(arenaMark, writer.marks()).of(after.path());
    boolean isNews = AnnounceRules.isNews(before, after, mark);
    writer.put(isNews ? after.announcedAt(writer.nextSeq()) : after);
  }

  /** Judges what is held at {@code path}, which is held no longer. */
  void release(ArenaWriter writer, RelativePath path) throws StorageFailed {
    PathState before = writer.path(path).orElse(null);
    findings.release(writer, path);
    if (before != null) {
      put(writer, before, PeerRules.judged(before, Set.of()));
    }
  }

  /** Notes that a content which was counted as lost is shown, there or elsewhere: it was moved. */
  void restore(ArenaWriter writer, Losses.Loss loss) throws StorageFailed {
    guard.losses().uncount(List.of(loss));
    if (!findings.heldAt(loss.path()).isEmpty()) {
      release(writer, loss.path());
    }
  }
}
