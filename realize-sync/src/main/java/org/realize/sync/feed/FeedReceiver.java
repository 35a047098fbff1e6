package org.realize.sync.feed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.Losses.Loss;
import org.realize.sync.feed.PathFindings.Held;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.ForkRules;
import org.realize.sync.rules.ForkRules.Fork;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PeerRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes peers' feeds into one arena. Each entry goes to the peer's row and is judged in the same
 * commit, which also moves the progress on; commits are small, so that others can write between
 * them. An entry that cannot be, or whose judgement fails, is a finding on its path and stops no
 * other. What takes files out of sight may have to wait, recorded but not judged, for the rest of
 * its feed or for the user: {@link RemovalGuard}. Reports of what waits have no say on their path.
 *
 * <p>Thread-safe; all mutable fields are used only inside the arena's writes.
 */
public final class FeedReceiver {

  /** Entries in one commit. */
  static final int COMMIT_ENTRIES = 500;

  private static final Logger LOG = LoggerFactory.getLogger(FeedReceiver.class);
  private static final Rows<Boolean> SWEPT = Rows.flag("feed.swept");

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

  /**
   * The origin of a page.
   *
   * @param incarnation the start of that store which sends it
   */
  public record Source(PeerName peer, StoreId store, UUID incarnation) {}

  /**
   * A page while it is taken in.
   *
   * @param head the head of the feed when the page was read
   * @param isWhole true if nothing of the feed comes after it
   * @param overLimit the authors whose losses in it wait
   */
  private record PageView(Source from, long head, boolean isWhole, Set<StoreId> overLimit) {

    boolean delays(Loss loss) {
      return (loss.isRemoval() && !isWhole) || overLimit.contains(loss.author());
    }
  }

  /**
   * Takes feeds into {@code arena}.
   *
   * @param arenaMark the mark of what has none of its own
   * @param isGuarded true if mass removals wait for the user
   */
  public FeedReceiver(ArenaStore arena, Mark arenaMark, TimeSource time, boolean isGuarded) {
    this.arena = arena;
    this.arenaMark = arenaMark;
    this.time = time;
    this.guard = new RemovalGuard(findings, time, isGuarded);
  }

  /** How far {@code store}'s feed was taken in. */
  public long progress(StoreId store) throws RealizeException {
    return arena.read(reader -> reader.progress(store));
  }

  /**
   * Takes in what of {@code page} is above the progress; returns when all of it survives the
   * process. After an exception the commits before it stand, and the same page may come again.
   */
  public void apply(Source from, FeedPage page) throws RealizeException {
    long before = progress(from.store());
    List<FeedEntry> entries =
        page.entries().stream().filter(entry -> entry.report().seq() > before).toList();
    long reached = entries.isEmpty() ? page.headSeq() : entries.getLast().report().seq();
    boolean isWhole = reached >= page.headSeq();
    Set<StoreId> overLimit = new HashSet<>();
    PageView view = new PageView(from, page.headSeq(), isWhole, overLimit);
    for (int start = 0; start < entries.size(); start += COMMIT_ENTRIES) {
      boolean first = start == 0;
      List<FeedEntry> part =
          entries.subList(start, Math.min(entries.size(), start + COMMIT_ENTRIES));
      write(writer -> {
        guard.know(from.store());
        if (first) {
          overLimit.clear();
          overLimit.addAll(guard.overLimit(writer, from.store(), entries));
        }
        take(writer, view, part);
        return part.size();
      });
    }
    review(from, reached);
  }

  /**
   * Judges what waited for this feed, now that it was read that far: all that an author changed
   * goes on to wait for the user, or none of it.
   */
  private void review(Source from, long reached) throws RealizeException {
    if (!waits) {
      return;
    }
    Map<StoreId, List<RelativePath>> due = new HashMap<>();
    List<Loss> suspect = new ArrayList<>();
    write(writer -> {
      due.clear();
      suspect.clear();
      due.putAll(guard.due(from.store(), reached));
      for (StoreId author : due.keySet()) {
        if (guard.isOverLimit(writer, author)) {
          suspect.addAll(guard.losses().of(author).values());
        }
      }
      return due.size();
    });
    if (!suspect.isEmpty()) {
      List<Loss> live = arena.read(reader -> RemovalGuard.live(reader, suspect));
      writeEach(live, this::restore);
    }
    for (Map.Entry<StoreId, List<RelativePath>> author : due.entrySet()) {
      boolean[] holds = {false};
      write(writer -> {
        holds[0] = guard.isOverLimit(writer, author.getKey());
        return 0;
      });
      String cause =
          from.peer()
              + " removes or replaces most files: 'realize arena confirm' lets that pass, 'realize"
              + " arena reject' keeps what is here";
      writeEach(
          author.getValue(),
          (writer, path) -> {
            Held held = findings.at(path);
            if (held == null) {
              return;
            }
            if (holds[0]) {
              findings.hold(writer, path, held.forUser(), cause, time.unixMillis());
            } else {
              release(writer, path);
            }
          });
    }
  }

  /**
   * Ends the availability of what {@code gone}, which is no store any more, had reported. Costs the
   * arena the first time, nothing afterwards; may be interrupted by a crash anywhere.
   *
   * @param fork how {@code gone} parted from another copy, if it did: what it had reported is then
   *     told apart from what the other copy signed under its name
   */
  public void sweep(StoreId gone, Optional<Fork> fork) throws RealizeException {
    Rows<Boolean> row = SWEPT.at(gone);
    if (arena.read(reader -> reader.row(row).isPresent())) {
      return;
    }
    RelativePath after = RelativePath.ROOT;
    while (true) {
      RelativePath from = after;
      List<RelativePath> paths = arena.read(r -> r.reportedBy(gone, from, 100 * COMMIT_ENTRIES));
      if (paths.isEmpty()) {
        break;
      }
      for (int start = 0; start < paths.size(); start += COMMIT_ENTRIES) {
        withdraw(gone, fork, paths.subList(start, Math.min(paths.size(), start + COMMIT_ENTRIES)));
      }
      after = paths.getLast();
    }
    write(writer -> {
      writer.putRow(row, true);
      return 0;
    });
    LOG.info("arena {}: store {} is gone, what it held counts no more", arena.arena(), gone);
  }

  /** The user lets pass what is held: judges it. Returns the number of paths. */
  public int confirm() throws RealizeException {
    return decide(this::release);
  }

  /**
   * The user keeps what is here: on each held path, what is shown becomes a version that knows of
   * the held ones. Returns the number of paths.
   *
   * @param global the store that signs
   */
  public int reject(GlobalStore global) throws RealizeException {
    StoreId self = global.identity().store();
    long counter = global.nextCounter(time.unixMillis());
    return decide((writer, path) -> {
      PathState before = writer.path(path).orElse(null);
      if (before != null) {
        Author author = new Author(self, counter, writer.nextSeq());
        writer.put(LocalRules.kept(before, findings.heldAt(path), author));
      }
      findings.release(writer, path);
    });
  }

  /** The user decides on all that is held; what its authors did is not counted any more. */
  private int decide(ArenaStore.Step<RelativePath> decision) throws RealizeException {
    List<RelativePath> paths = new ArrayList<>();
    write(writer -> {
      paths.clear();
      paths.addAll(findings.held().keySet());
      return paths.size();
    });
    writeEach(
        paths,
        (writer, path) -> {
          Held held = findings.at(path);
          if (held != null) {
            guard.losses().uncount(guard.losses().of(held.author()).values());
            decision.run(writer, path);
          }
        });
    return paths.size();
  }

  private void withdraw(StoreId gone, Optional<Fork> fork, List<RelativePath> paths)
      throws RealizeException {
    write(writer -> {
      for (RelativePath path : paths) {
        PathState before = writer.path(path).orElse(null);
        if (before != null) {
          findings.release(writer, path, gone);
          PathState told = fork.map(f -> ForkRules.toldApart(before, f)).orElse(before);
          PathState after = PeerRules.withdrawn(told, gone);
          if (told.equals(before)) {
            writer.put(after);
          } else {
            put(writer, before, PeerRules.judged(after, findings.heldAt(path)));
          }
        }
      }
      return paths.size();
    });
  }

  private void take(ArenaWriter writer, PageView view, List<FeedEntry> entries)
      throws StorageFailed {
    Source from = view.from;
    for (FeedEntry entry : entries) {
      Optional<String> fault = EntryCheck.fault(entry);
      if (fault.isPresent()) {
        fail(writer, from, entry.path(), fault.get());
      } else {
        takeOne(writer, view, entry);
      }
    }
    progress.put(writer, from, entries.getLast().report().seq());
  }

  /** The start of {@code store} from which the last entry came; empty if none did. */
  Optional<UUID> heardFrom(StoreId store) throws RealizeException {
    return arena.read(reader -> FeedProgress.start(reader, store));
  }

  private void takeOne(ArenaWriter writer, PageView view, FeedEntry entry) throws StorageFailed {
    Source from = view.from;
    RelativePath path = entry.path();
    Report report = entry.report();
    PathState before = writer.path(path).orElse(null);
    Set<StoreId> unheard = new HashSet<>(findings.heldAt(path));
    unheard.remove(from.store());
    PathState after;
    try {
      after = PeerRules.received(before, from.store(), path, report, unheard);
    } catch (RuntimeException e) {
      // A bug of ours must cost one path, not the feed.
      LOG.error("arena {}: cannot judge '{}' from {}", arena.arena(), path, from.peer(), e);
      fail(writer, from, path, "cannot be judged: " + e);
      if (before != null) {
        writer.put(PeerRules.recorded(before, from.store(), report));
      }
      return;
    }
    if (after.equals(before)) {
      return;
    }
    findings.succeeded(writer, path, from.peer());
    Loss loss = guard.loss(before, after.shown(), from.store()).orElse(null);
    if (loss != null && before != null) {
      guard.losses().count(loss);
      if (view.delays(loss)) {
        Held held = new Held(loss.author(), Set.of(from.store()), from.store(), view.head());
        String cause = "waits until all that " + from.peer() + " has to say was read";
        findings.hold(writer, path, held, cause, time.unixMillis());
        writer.put(PeerRules.recorded(before, from.store(), report));
        return;
      }
    }
    findings.release(writer, path, from.store());
    put(writer, before, after);
    if (after.shown().content() instanceof Content.File file
        && (before == null || !before.shown().content().equals(file))) {
      for (Loss found : guard.losses().of(file.hash())) {
        restore(writer, found);
      }
    }
  }

  /** A content that was counted as lost is shown, at that path or at another: it was moved. */
  private void restore(ArenaWriter writer, Loss loss) throws StorageFailed {
    guard.losses().uncount(List.of(loss));
    if (!findings.heldAt(loss.path()).isEmpty()) {
      release(writer, loss.path());
    }
  }

  private void release(ArenaWriter writer, RelativePath path) throws StorageFailed {
    PathState before = writer.path(path).orElse(null);
    findings.release(writer, path);
    if (before != null) {
      put(writer, before, PeerRules.judged(before, Set.of()));
    }
  }

  private void put(ArenaWriter writer, @Nullable PathState before, PathState after)
      throws StorageFailed {
    Mark mark = new Marks(arenaMark, writer.marks()).of(after.path());
    boolean isNews = AnnounceRules.isNews(before, after, mark);
    writer.put(isNews ? after.announcedAt(writer.nextSeq()) : after);
  }

  private void fail(ArenaWriter writer, Source from, RelativePath path, String cause)
      throws StorageFailed {
    findings.failed(writer, path, from.peer(), cause, time.unixMillis());
  }

  private <E> void writeEach(List<E> items, ArenaStore.Step<? super E> step)
      throws RealizeException {
    for (int start = 0; start < items.size(); start += COMMIT_ENTRIES) {
      List<E> part = items.subList(start, Math.min(items.size(), start + COMMIT_ENTRIES));
      write(writer -> {
        for (E item : part) {
          step.run(writer, item);
        }
        return part.size();
      });
    }
  }

  private int write(ArenaStore.Change<Integer> change) throws RealizeException {
    boolean committed = false;
    try {
      int result =
          arena.write(writer -> {
            if (stale) {
              progress.load();
              findings.load(writer);
              guard.losses().load(writer);
              stale = false;
            }
            int changed = change.run(writer);
            guard.losses().write(writer);
            waits = findings.waits();
            return changed;
          });
      committed = true;
      return result;
    } finally {
      if (!committed) {
        stale = true;
        waits = true;
      }
    }
  }
}
