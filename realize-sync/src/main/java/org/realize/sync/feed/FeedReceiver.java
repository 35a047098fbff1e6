package org.realize.sync.feed;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.realize.sync.feed.Losses.Loss;
import org.realize.sync.feed.PathFindings.Held;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.FeedPage;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.EntrySize;
import org.realize.sync.rules.ForkRules;
import org.realize.sync.rules.ForkRules.Fork;
import org.realize.sync.rules.GuardRules;
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

  private static final Logger LOG = LoggerFactory.getLogger(FeedReceiver.class);

  /** Entries of one commit have so many bytes on the wire, and a few times that in the store. */
  private static final long COMMIT_BYTES = 2 << 20;

  private static final Rows<Boolean> SWEPT = Rows.flag("feed.swept");

  private final ArenaStore arena;
  private final TimeSource time;
  private final FeedState state;
  private final EntryCheck check;
  private final PathFindings findings;
  private final RemovalGuard guard;
  private final HeldChanges held;
  private final Map<StoreId, Long> heads = new ConcurrentHashMap<>();

  /** The head of each feed above whose progress there was no entry when it was read last. */
  private final Map<StoreId, Long> heardAll = new ConcurrentHashMap<>();

  /**
   * The origin of a page.
   *
   * @param incarnation the start of that store which sends it
   */
  public record PageSource(PeerName peer, StoreId store, UUID incarnation) {}

  /**
   * A page while it is taken in.
   *
   * @param head the head of the feed when the page was read
   * @param isWhole true if nothing of the feed comes after it
   * @param overLimit the authors whose losses in it wait
   * @param states of paths that were read in the commit that runs and not put since
   * @param renamed new names that came with it, by the old one
   */
  private record PageView(
      PageSource from,
      long head,
      boolean isWhole,
      Set<StoreId> overLimit,
      Map<RelativePath, Optional<PathState>> states,
      Map<RelativePath, RelativePath> renamed) {

    /** The state of a path before its entry. */
    Optional<PathState> before(ArenaWriter writer, RelativePath path) throws StorageFailed {
      Optional<PathState> read = states.remove(path);
      return read == null ? writer.path(path) : read;
    }

    boolean delays(Loss loss) {
      return (loss.isRemoval() && !isWhole) || overLimit.contains(loss.author());
    }
  }

  /**
   * Takes feeds into {@code arena}.
   *
   * @param arenaMark the mark of what has none of its own
   * @param isGuarded true if mass removals wait for the user
   * @param members each id under which a member of the household signs, or did; asked for seldom
   */
  public FeedReceiver(
      ArenaStore arena,
      Mark arenaMark,
      TimeSource time,
      boolean isGuarded,
      Supplier<Set<StoreId>> members) {
    this.arena = arena;
    this.time = time;
    check = new EntryCheck(members);
    state = new FeedState(arena, arenaMark, time, isGuarded);
    findings = state.findings();
    guard = state.guard();
    held = new HeldChanges(state);
  }

  /** The changes that are held without effect. */
  public HeldChanges held() {
    return held;
  }

  /** How far {@code store}'s feed was taken in. */
  public long progress(StoreId store) throws RealizeException {
    return arena.read(reader -> reader.progress(store));
  }

  /**
   * Up to where all entries of {@code store}'s feed were taken in: its progress, or on this
   * connection a head above it that no path has any more, as after changes that took each other
   * back.
   */
  public long reached(StoreId store) throws RealizeException {
    return Math.max(progress(store), heardAll.getOrDefault(store, 0L));
  }

  /**
   * The sequence after which {@code store}'s feed is read next: its progress. It goes back to
   * entries that were not believed for their time, once this machine's clock is a day further.
   */
  long position(StoreId store) throws RealizeException {
    long latest = EntryCheck.latestMillis(time.unixMillis());
    if (arena.<Boolean>read(r -> FeedProgress.isBelievedNow(r, store, latest))) {
      state.write(writer -> FeedProgress.goBack(writer, store));
      heardAll.remove(store);
    }
    return progress(store);
  }

  /** A connection to {@code store} begins: its head is not known yet. */
  void connected(StoreId store) {
    heads.remove(store);
    heardAll.remove(store);
  }

  /** {@code store} has no feed of this arena for us. */
  void withoutFeed(StoreId store) {
    heads.put(store, 0L);
  }

  /**
   * The head of {@code store}'s feed as it said last on this connection, 0 if it has none for us;
   * empty if it has not said anything yet.
   */
  public Optional<Long> head(StoreId store) {
    return Optional.ofNullable(heads.get(store));
  }

  /**
   * Takes in what of {@code page} is above the progress; returns when all of it survives the
   * process. After an exception the commits before it stand, and the same page may come again.
   */
  public void apply(PageSource from, FeedPage page) throws RealizeException {
    heads.put(from.store(), page.headSeq());
    long before = progress(from.store());
    List<FeedEntry> entries =
        page.entries().stream().filter(entry -> entry.report().seq() > before).toList();
    long reached = entries.isEmpty() ? page.headSeq() : entries.getLast().report().seq();
    boolean isWhole = reached >= page.headSeq();
    PageView view =
        new PageView(
            from, page.headSeq(), isWhole, new HashSet<>(), new HashMap<>(), new HashMap<>());
    for (int start = 0; start < entries.size(); ) {
      int end = start + partEnd(entries.subList(start, entries.size()));
      take(view, start == 0 ? entries : List.of(), entries.subList(start, end));
      start = end;
    }
    held.review(from.peer(), from.store(), reached);
    if (page.entries().isEmpty()) {
      heardAll.put(from.store(), reached);
    }
  }

  /** The number of the first entries that make one commit. */
  private static int partEnd(List<FeedEntry> entries) {
    long bytes = 0;
    int count = 0;
    while (count < Math.min(entries.size(), FeedState.COMMIT_ENTRIES)) {
      bytes += EntrySize.bytes(entries.get(count).path(), entries.get(count).report());
      if (count > 0 && bytes > COMMIT_BYTES) {
        break;
      }
      count++;
    }
    return count;
  }

  /**
   * Takes in {@code part} in one commit; where that meets a bug, each of its entries in one of its
   * own, so that a path costs no other.
   *
   * @param page all of it before its first part, else empty
   */
  private void take(PageView view, List<FeedEntry> page, List<FeedEntry> part)
      throws RealizeException {
    PageSource from = view.from;
    try {
      state.write(writer -> {
        guard.know(from.store());
        view.states.clear();
        if (!page.isEmpty()) {
          view.overLimit.clear();
          view.overLimit.addAll(guard.overLimit(writer, from.store(), page, view.states));
        }
        take(writer, view, part);
      });
    } catch (RuntimeException | StackOverflowError e) {
      LOG.error("arena {}: cannot take in {} entries of {}", name(), part.size(), from.peer(), e);
      if (part.size() > 1) {
        for (FeedEntry entry : part) {
          take(view, List.of(), List.of(entry));
        }
        return;
      }
      state.write(writer -> {
        fail(writer, from, part.getFirst().path(), "cannot be taken in: " + e);
        state.progress().put(writer, from, part.getFirst().report().seq());
      });
    }
  }

  private ArenaName name() {
    return arena.arena();
  }

  /**
   * Ends the availability of what {@code gone}, which is no store any more, had reported. Costs the
   * arena the first time, nothing afterwards; may be interrupted by a crash anywhere. What the
   * guard holds of it stays held; of what waited for its feed no more comes, so it is judged now.
   *
   * @param peer the one that it was
   * @param fork how {@code gone} parted from another copy, if it did: what it had reported is then
   *     told apart from what the other copy signed under its name
   */
  public void sweep(PeerName peer, StoreId gone, Optional<Fork> fork) throws RealizeException {
    Rows<Boolean> row = SWEPT.at(gone);
    if (arena.read(reader -> reader.row(row).isPresent())) {
      return;
    }
    RelativePath after = RelativePath.ROOT;
    while (true) {
      RelativePath from = after;
      List<RelativePath> paths =
          arena.read(r -> r.reportedBy(gone, from, 100 * FeedState.COMMIT_ENTRIES));
      if (paths.isEmpty()) {
        break;
      }
      state.writeEach(paths, (writer, path) -> withdraw(writer, path, gone, fork));
      after = paths.getLast();
    }
    held.review(peer, gone, Long.MAX_VALUE);
    state.write(writer -> {
      writer.putRow(row, true);
    });
    LOG.info("arena {}: store {} is gone, what it held counts no more", arena.arena(), gone);
  }

  private void withdraw(ArenaWriter writer, RelativePath path, StoreId gone, Optional<Fork> fork)
      throws StorageFailed {
    PathState before = writer.path(path).orElse(null);
    if (before == null) {
      return;
    }
    PathState told = fork.map(f -> ForkRules.toldApart(before, f)).orElse(before);
    PathState after = PeerRules.withdrawn(told, gone);
    if (!after.reports().containsKey(gone)) {
      findings.release(writer, path, gone);
    }
    if (told.equals(before)) {
      writer.put(after);
    } else {
      state.put(writer, before, PeerRules.judged(after, findings.heldAt(path)));
    }
  }

  private void take(ArenaWriter writer, PageView view, List<FeedEntry> entries)
      throws StorageFailed {
    PageSource from = view.from;
    for (FeedEntry entry : entries) {
      long now = time.unixMillis();
      Optional<String> fault = check.fault(entry, now);
      if (fault.isPresent()) {
        if (EntryCheck.incredible(entry.report(), now).isPresent()) {
          long latest = EntryCheck.latestMillis(now);
          FeedProgress.doubt(writer, from.store(), entry.report().seq(), latest);
        }
        fail(writer, from, entry.path(), fault.get());
      } else {
        takeOne(writer, view, entry);
      }
    }
    state.progress().put(writer, from, entries.getLast().report().seq());
  }

  /** The start of {@code store} from which the last entry came; empty if none did. */
  Optional<UUID> heardFrom(StoreId store) throws RealizeException {
    return arena.read(reader -> FeedProgress.start(reader, store));
  }

  private void takeOne(ArenaWriter writer, PageView view, FeedEntry entry) throws StorageFailed {
    PageSource from = view.from;
    RelativePath path = entry.path();
    Report report = entry.report();
    PathState before = view.before(writer, path).orElse(null);
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
    Optional<String> fault = check.fault(after);
    if (fault.isPresent()) {
      fail(writer, from, path, fault.get());
      return;
    }
    findings.succeeded(writer, path, from.peer());
    Loss loss = guard.loss(before, after.shown(), from.store()).orElse(null);
    if (loss != null && before != null) {
      Held here = findings.at(path);
      if (here != null
          && here.waitsForUser()
          && GuardRules.repeats(report, before, here.stores())) {
        findings.hold(writer, path, from.store());
        writer.put(PeerRules.recorded(before, from.store(), report));
        return;
      }
      boolean isRename = !guard.isOver(loss.author()) && isRename(writer, view, loss);
      if (isRename) {
        guard.losses().uncount(List.of(loss)); // its content is no new one under any name
      } else {
        guard.count(loss, before);
      }
      if (!isRename && (view.delays(loss) || guard.isOver(loss.author()))) {
        Held held = new Held(loss.author(), Set.of(from.store()), from.store(), view.head());
        String cause = "waits until all that " + from.peer() + " has to say was read";
        findings.hold(writer, path, held, cause, time.unixMillis());
        writer.put(PeerRules.recorded(before, from.store(), report));
        return;
      }
    }
    findings.release(writer, path, from.store());
    Held rest = findings.at(path);
    PathState all = rest == null ? after : PeerRules.judged(after, Set.of());
    if (rest != null && all.shown().equals(after.shown())) {
      // This version knows of what is held: somebody else has decided.
      Loss decided = guard.losses().of(rest.author()).get(path);
      guard.losses().uncount(decided == null ? List.of() : List.of(decided));
      findings.release(writer, path);
      after = all;
    }
    state.put(writer, before, after);
    Version reported = report.versions().getFirst().version();
    if (reported.from() != null) {
      view.renamed.put(reported.from(), path);
    }
    if (after.shown().content() instanceof Content.File file
        && (before == null || !before.shown().content().equals(file))) {
      guard.countAdded(writer, before, after.shown(), from.store());
      for (Loss found : guard.losses().of(file.hash())) {
        state.restore(writer, found);
      }
    }
  }

  /** True if the file of a loss got another name, which came on the page before. */
  private boolean isRename(ArenaWriter writer, PageView view, Loss loss) throws StorageFailed {
    RelativePath to = view.renamed.get(loss.path());
    Optional<PathState> now = to == null ? Optional.empty() : writer.path(to);
    return now.filter(state -> guard.isRenamed(loss, state)).isPresent();
  }

  private void fail(ArenaWriter writer, PageSource from, RelativePath path, String cause)
      throws StorageFailed {
    if (!findings.failed(writer, path, from.peer(), cause, time.unixMillis())) {
      LOG.debug("arena {}: '{}' of {}: {}", name(), path, from.peer(), cause);
    }
  }
}
