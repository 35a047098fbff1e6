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
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.Hello;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.ForkRules;
import org.realize.sync.rules.ForkRules.Fork;
import org.realize.sync.rules.Marks;
import org.realize.sync.rules.PeerRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes peers' feeds into one arena. Each entry goes to the peer's row and is judged in the same
 * commit, which also moves the progress on; commits are small, so that others can write between
 * them. An entry that cannot be, or whose judgement fails, is a finding on its path and stops no
 * other. A store that removes or replaces most of the arena's files within a day has its entries
 * recorded but not judged, until the user confirms.
 *
 * <p>Thread-safe; all mutable fields are used only inside the arena's writes.
 */
public final class FeedReceiver {

  /** Entries in one commit. */
  static final int COMMIT_ENTRIES = 500;

  private static final Logger LOG = LoggerFactory.getLogger(FeedReceiver.class);
  private static final Rows<Boolean> SWEPT = Rows.flag("feed.swept");
  private static final Rows<UUID> UNDER =
      Rows.of("feed.under", 1, RowEncoder::putUuid, RowDecoder::getUuid);

  private final ArenaStore arena;
  private final Mark arenaMark;
  private final TimeSource time;

  private final PathFindings findings = new PathFindings();
  private final RecentMoves moves = new RecentMoves();
  private final Map<StoreId, UUID> under = new HashMap<>();

  /** True when what is in memory may be ahead of the store: at first, and after a failed commit. */
  private volatile boolean stale = true;

  /**
   * Where a page comes from.
   *
   * @param incarnation the start of that store which sends it
   */
  public record Source(PeerName peer, StoreId store, UUID incarnation) {}

  /** What is known of a page as a whole while it is taken in. */
  private static final class PageView {
    final Source from;
    final Map<ContentHash, RelativePath> arriving;
    boolean holding;

    PageView(Source from, Map<ContentHash, RelativePath> arriving) {
      this.from = from;
      this.arriving = arriving;
    }
  }

  /**
   * Takes feeds into {@code arena}.
   *
   * @param arenaMark the mark of what has none of its own
   */
  public FeedReceiver(ArenaStore arena, Mark arenaMark, TimeSource time) {
    this.arena = arena;
    this.arenaMark = arenaMark;
    this.time = time;
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
    long progress = progress(from.store());
    List<FeedEntry> entries =
        page.entries().stream().filter(entry -> entry.report().seq() > progress).toList();
    PageView view = new PageView(from, arriving(entries));
    for (int start = 0; start < entries.size(); start += COMMIT_ENTRIES) {
      boolean first = start == 0;
      List<FeedEntry> part =
          entries.subList(start, Math.min(entries.size(), start + COMMIT_ENTRIES));
      write(writer -> {
        if (first) {
          view.holding = refuses(writer, view, entries);
        }
        take(writer, view, part);
        return part.size();
      });
    }
    if (!entries.isEmpty() && entries.getLast().report().seq() >= page.headSeq()) {
      review(view);
    }
  }

  /**
   * Looks again at what is held from a store once all that it has to say is here: what came back
   * under another name was moved, and the rest may be too little to be held.
   */
  private void review(PageView view) throws RealizeException {
    List<RelativePath> release = new ArrayList<>();
    int lost = write(writer -> released(writer, view, release));
    for (int start = 0; start < release.size(); start += COMMIT_ENTRIES) {
      List<RelativePath> part =
          release.subList(start, Math.min(release.size(), start + COMMIT_ENTRIES));
      write(writer -> {
        for (RelativePath path : part) {
          release(writer, path);
        }
        return part.size();
      });
    }
    if (lost > 0) {
      write(writer -> {
        putGuard(writer, view.from.store(), guard(writer, view.from.store()).plus(lost));
        return lost;
      });
    }
  }

  /** Collects what need not be held any more; returns how many of them are losses. */
  private int released(ArenaReader reader, PageView view, List<RelativePath> release)
      throws StorageFailed {
    List<RelativePath> lost = new ArrayList<>();
    for (RelativePath path : findings.held()) {
      if (!findings.heldAt(path).equals(Set.of(view.from.store()))) {
        continue;
      }
      Content shown = reader.path(path).map(s -> s.shown().content()).orElse(null);
      boolean moved = shown instanceof Content.File file && moved(reader, view, file.hash(), path);
      (moved ? release : lost).add(path);
    }
    if (guard(reader, view.from.store()).refuses(lost.size(), reader.totals().files())) {
      return 0;
    }
    release.addAll(lost);
    return lost.size();
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

  /** The user confirmed what is held: judges it. Returns the number of paths. */
  public int confirm() throws RealizeException {
    int confirmed = 0;
    int some;
    do {
      some = write(this::confirmSome);
      confirmed += some;
    } while (some > 0);
    return confirmed;
  }

  private int confirmSome(ArenaWriter writer) throws StorageFailed {
    Set<StoreId> stores = new HashSet<>();
    List<RelativePath> paths = findings.held().stream().limit(COMMIT_ENTRIES).toList();
    for (RelativePath path : paths) {
      stores.addAll(findings.heldAt(path));
      release(writer, path);
    }
    for (StoreId store : stores) {
      putGuard(writer, store, Guard.none(time.unixMillis()));
    }
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

  /** True if this page would take the store over the limit: what displaces files is then held. */
  private boolean refuses(ArenaWriter writer, PageView view, List<FeedEntry> page)
      throws StorageFailed {
    int lost = 0;
    for (FeedEntry entry : page) {
      Content now = entry.report().versions().getFirst().version().content();
      Content before = writer.path(entry.path()).map(s -> s.shown().content()).orElse(null);
      if (before instanceof Content.File file
          && !before.equals(now)
          && !moved(writer, view, file.hash(), entry.path())) {
        lost++;
      }
    }
    return guard(writer, view.from.store()).refuses(lost, writer.totals().files());
  }

  /** The contents that a page brings, and where to. */
  private static Map<ContentHash, RelativePath> arriving(List<FeedEntry> page) {
    Map<ContentHash, RelativePath> arriving = new HashMap<>();
    for (FeedEntry entry : page) {
      if (entry.report().versions().getFirst().version().content() instanceof Content.File file) {
        arriving.put(file.hash(), entry.path());
      }
    }
    return arriving;
  }

  /** True if {@code hash}, which leaves {@code path}, is live elsewhere as far as is known. */
  private boolean moved(ArenaReader reader, PageView view, ContentHash hash, RelativePath path)
      throws StorageFailed {
    RelativePath coming = view.arriving.get(hash);
    if (coming != null && !coming.equals(path)) {
      return true;
    }
    RelativePath other = moves.whereabouts(hash);
    return other != null
        && !other.equals(path)
        && reader
            .path(other)
            .filter(s -> s.shown().content() instanceof Content.File f && f.hash().equals(hash))
            .isPresent();
  }

  private void take(ArenaWriter writer, PageView view, List<FeedEntry> entries)
      throws StorageFailed {
    Source from = view.from;
    Guard before = guard(writer, from.store());
    int displaced = 0;
    for (FeedEntry entry : entries) {
      Optional<String> fault = EntryCheck.fault(entry);
      if (fault.isPresent()) {
        fail(writer, from, entry.path(), fault.get());
      } else {
        displaced += takeOne(writer, view, entry);
      }
    }
    if (displaced != 0) {
      putGuard(writer, from.store(), before.plus(displaced));
    }
    writer.putProgress(from.store(), entries.getLast().report().seq());
    putUnder(writer, from);
  }

  /** Notes which start of the store the progress was made with. */
  private void putUnder(ArenaWriter writer, Source from) throws StorageFailed {
    if (!from.incarnation().equals(under.get(from.store()))) {
      writer.putRow(UNDER.at(from.store()), from.incarnation());
      under.put(from.store(), from.incarnation());
    }
  }

  /** The start of {@code store} from which the last entry came; empty if none did. */
  Optional<UUID> heardFrom(StoreId store) throws RealizeException {
    return arena.read(reader -> reader.row(UNDER.at(store)));
  }

  /** How far {@code store}'s feed was taken in, in the words of Hello; empty if not at all. */
  static Optional<Hello.Committed> committed(ArenaReader reader, StoreId store)
      throws StorageFailed {
    long seq = reader.progress(store);
    return reader
        .row(UNDER.at(store))
        .map(under -> new Hello.Committed(reader.arena(), seq, under));
  }

  /** Returns how many files the entry displaced; -1 if it brings back one that was counted. */
  private int takeOne(ArenaWriter writer, PageView view, FeedEntry entry) throws StorageFailed {
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
      return 0;
    }
    if (after.equals(before)) {
      return 0;
    }
    findings.succeeded(writer, path, from.peer());
    ContentHash lost = lost(before, after);
    boolean counts = lost != null && !moved(writer, view, lost, path);
    if (counts && lost != null && before != null) {
      moves.left(lost, path);
      if (view.holding) {
        String cause =
            from.peer() + " removes or replaces most files; confirm with 'realize arena confirm'";
        findings.hold(writer, path, from.store(), cause, time.unixMillis());
        writer.put(PeerRules.recorded(before, from.store(), report));
        return 0;
      }
    }
    findings.release(writer, path, from.store());
    put(writer, before, after);
    return (counts ? 1 : 0) - arrived(writer, before, after);
  }

  /** A content that comes while its loss was counted, or is held, was only moved. */
  private int arrived(ArenaWriter writer, @Nullable PathState before, PathState after)
      throws StorageFailed {
    if (!(after.shown().content() instanceof Content.File file)
        || (before != null && before.shown().content().equals(file))) {
      return 0;
    }
    moves.came(file.hash(), after.path());
    RelativePath left = moves.cameBack(file.hash());
    if (left == null || left.equals(after.path())) {
      return 0;
    }
    if (findings.heldAt(left).isEmpty()) {
      return 1;
    }
    release(writer, left);
    return 0;
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

  private static @Nullable ContentHash lost(@Nullable PathState before, PathState after) {
    return before != null
            && PeerRules.displaces(before, after)
            && before.shown().content() instanceof Content.File file
        ? file.hash()
        : null;
  }

  private Guard guard(ArenaReader reader, StoreId store) throws StorageFailed {
    long now = time.unixMillis();
    return reader.row(Guard.ROWS.at(store)).orElse(Guard.none(now)).at(now);
  }

  private static void putGuard(ArenaWriter writer, StoreId store, Guard guard)
      throws StorageFailed {
    writer.putRow(Guard.ROWS.at(store), guard);
  }

  private int write(ArenaStore.Change<Integer> change) throws RealizeException {
    boolean committed = false;
    try {
      int result =
          arena.write(writer -> {
            if (stale) {
              under.clear();
              findings.load(writer);
              stale = false;
            }
            return change.run(writer);
          });
      committed = true;
      return result;
    } finally {
      if (!committed) {
        stale = true;
      }
    }
  }
}
