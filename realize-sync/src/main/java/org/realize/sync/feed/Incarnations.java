package org.realize.sync.feed;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.GlobalStore.Remembered;
import org.realize.sync.port.Hello;
import org.realize.sync.port.HelloJudge;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.ForkRules.Fork;
import org.realize.sync.rules.RenewRules;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The rule by which a store recognises, from what stores remember of each other, that one of them
 * was restored or cloned.
 *
 * <p>Every start of a store adds a random incarnation to it, and every peer remembers the starts
 * that it has seen of another. A copy of a store goes on from an earlier point: sooner or later a
 * peer remembers a start of it that the copy does not know, or is further in its feed than the feed
 * goes. The copy then takes a new identity, before anything else, and signs again what it changed
 * in starts that the peer does not know ({@link ArenaRenewal}). A copy that finds itself on another
 * machine, or in another file, does so at its start.
 *
 * <p>Where a peer knows every start of ours and more, it is another copy that went on, and ours may
 * have written in its present start after the copy was made: that whole start is signed again. This
 * may show a conflict that is none; the other way round a user's change would silently be lost.
 *
 * <p>A copy may also come back under an identity that its store has left since the copy was made. A
 * peer that knows the later one says so, as of a start that the copy does not know. Only where that
 * very start was seen before the later identity was are there two machines with one key.
 *
 * <p>Thread-safe; the lock makes each judgement and renewal one step and is held while the global
 * store is written, never while anything else waits.
 */
public final class Incarnations implements HelloJudge {

  private static final Logger LOG = LoggerFactory.getLogger(Incarnations.class);

  /** The starts of this store, with the first counter of each. */
  private static final Rows<List<KnownStart>> STARTS = KnownStart.rows("incarnations.starts");

  /** The machine and copy of the state directory that this store was opened on. */
  private static final Rows<String> MACHINE =
      Rows.of("incarnations.machine", 1, RowEncoder::putText, RowDecoder::getText);

  /** The first counter of a former identity of this store that its other copy does not share. */
  private static final Rows<Long> RENEWED =
      Rows.of("incarnations.renewed", 1, RowEncoder::putSigned, RowDecoder::getSigned);

  /** The starts of a former identity of this store that another copy has used as well. */
  private static final Rows<List<KnownStart>> FORKED = KnownStart.rows("incarnations.forked");

  /** The starts of another store that parted from its copy, as that store said. */
  private static final Rows<List<KnownStart>> LEFT = KnownStart.rows("incarnations.left");

  /** The stores that a peer's key has stood for, oldest first. */
  private static final Rows<List<StoreId>> STORES =
      Rows.ofLists("incarnations.stores", 1, RowEncoder::putStore, RowDecoder::getStore);

  /** The peer whose key stood for a store when it was last seen. */
  private static final Rows<String> PEER =
      Rows.of("incarnations.peer", 1, RowEncoder::putText, RowDecoder::getText);

  /** The times at which a peer's words made this store take a new identity, oldest first. */
  private static final Rows<List<Long>> RENEWALS =
      Rows.ofLists("incarnations.renewals", 1, RowEncoder::putSigned, RowDecoder::getSigned);

  /**
   * New identities that one peer may cause within a day: more than anybody restores, and few enough
   * that a peer which makes up what it remembers keeps nobody from anything.
   */
  static final int MOST_RENEWALS = 4;

  /** The times at which a peer came with another store, oldest first. */
  private static final Rows<List<Long>> IDENTITIES =
      Rows.ofLists("incarnations.identities", 1, RowEncoder::putSigned, RowDecoder::getSigned);

  /** Stores that a peer may come with within a day: each is remembered for good. */
  static final int MOST_IDENTITIES = 32;

  private static final Duration A_DAY = Duration.ofDays(1);

  /** Identities that Hello tells of; a peer that was away for more renewals learns of the last. */
  private static final int MOST_LEFT = 8;

  /** Starts that Hello carries of each of them; an older copy is not recognised. */
  private static final int MOST_STARTS = 1_024;

  private final GlobalStore global;
  private final TimeSource time;
  private final ReentrantLock lock = new ReentrantLock();

  /** The left identities with which peers came back; each hears of that in the next Hello. */
  private final Map<PeerName, StoreId> returned = new ConcurrentHashMap<>();

  private Incarnations(GlobalStore global, TimeSource time) {
    this.global = global;
    this.time = time;
  }

  /**
   * To be called once after the store was opened and before anything uses it.
   *
   * @param machine tells this machine and this copy of the state directory from others: the
   *     machine's id and the inode of a file in it
   */
  public static Incarnations opened(GlobalStore global, TimeSource time, String machine)
      throws StorageFailed {
    Incarnations incarnations = new Incarnations(global, time);
    Optional<String> before = global.row(MACHINE);
    boolean copied = before.isPresent() && !before.get().equals(machine);
    incarnations.noteStart();
    if (copied) {
      long firstOwn = incarnations.starts().getLast().number();
      incarnations.renew("it was copied to another place", firstOwn, Long.MAX_VALUE);
    }
    if (copied || before.isEmpty()) {
      global.putRow(MACHINE, machine);
    }
    if (incarnations.isAhead()) {
      incarnations.renewAhead();
    }
    return incarnations;
  }

  /** The lowest counter of {@code former} that was not shared when it was left; empty: all are. */
  Optional<Long> firstOwn(StoreId former) throws StorageFailed {
    return global.row(RENEWED.at(former));
  }

  /**
   * How {@code left}, which stands for two copies of a store, parted from what was heard of it;
   * empty if all that was heard is what the copy said that left it.
   *
   * @param heard the start of {@code left} from which was heard last
   */
  Optional<Fork> fork(StoreId left, UUID heard) throws StorageFailed {
    List<KnownStart> starts = global.row(LEFT.at(left)).orElse(List.of());
    int shared = indexOf(starts, heard);
    if (shared < 0) {
      Optional<Identity> seen = global.remembered(left).map(Remembered::identity);
      for (UUID start : seen.map(Identity::incarnations).orElse(List.of())) {
        shared = Math.max(shared, indexOf(starts, start));
      }
    }
    return shared + 1 < starts.size()
        ? Optional.of(new Fork(left, starts.get(shared + 1).number(), new StoreId(heard)))
        : Optional.empty();
  }

  /** Stores that were behind this peer's key before, and are behind no other now; oldest first. */
  public List<StoreId> formerStores(PeerName peer) throws StorageFailed {
    List<StoreId> former = new ArrayList<>(stores(peer));
    if (!former.isEmpty()) {
      former.removeLast();
    }
    for (StoreId store : List.copyOf(former)) {
      if (!behind(store).equals(Optional.of(peer.toString()))) {
        former.remove(store);
      }
    }
    return former;
  }

  /** False once another start of that store, or a copy of it, was accepted since its Hello. */
  boolean isLatest(Identity theirs) throws StorageFailed {
    return global.remembered(theirs.store()).filter(r -> r.identity().equals(theirs)).isPresent();
  }

  @Override
  public Hello hello(PeerName peer) throws RealizeException {
    List<StoreId> stores = stores(peer);
    Optional<Identity> last =
        stores.isEmpty()
            ? Optional.empty()
            : global.remembered(stores.getLast()).map(Remembered::identity);
    StoreId former = returned.get(peer);
    if (former != null) {
      return new Hello(global.identity(), global.remembered(former).map(r -> left(r, stores)));
    }
    List<Hello.Committed> committed = new ArrayList<>();
    if (last.isPresent()) {
      for (ArenaName name : global.arenas()) {
        global
            .arena(name)
            .read(reader -> FeedProgress.committed(reader, stores.getLast()))
            .ifPresent(committed::add);
      }
    }
    return new Hello(global.identity(), last, committed, left());
  }

  /** An identity that was left for a later one, which counts as a start of it. */
  private static Identity left(Remembered former, List<StoreId> stores) {
    List<UUID> starts = new ArrayList<>(former.identity().incarnations());
    starts.add(stores.getLast().value());
    return new Identity(former.identity().store(), starts);
  }

  /** The identities that another copy of this store has used as well, as many as fit into Hello. */
  private List<Hello.Left> left() throws StorageFailed {
    List<Hello.Left> left = new ArrayList<>();
    for (StoreId former : last(global.formerIds(), MOST_LEFT)) {
      List<Hello.Start> starts = new ArrayList<>();
      for (KnownStart start : global.row(FORKED.at(former)).orElse(List.of())) {
        starts.add(new Hello.Start(start.incarnation(), start.number()));
      }
      if (!starts.isEmpty()) {
        left.add(new Hello.Left(former, last(starts, MOST_STARTS)));
      }
    }
    return left;
  }

  private static <T> List<T> last(List<T> all, int most) {
    return all.subList(Math.max(0, all.size() - most), all.size());
  }

  @Override
  public Verdict judge(PeerName peer, Hello hello) throws RealizeException {
    lock.lock();
    try {
      Verdict own = judgeOurselves(peer, hello);
      return own instanceof Verdict.Accept ? judgeThem(peer, hello) : own;
    } finally {
      lock.unlock();
    }
  }

  /**
   * True if the clock was that far ahead once and is right now, so that every change would be
   * signed with a counter that nobody believes. While the clock is behind this program, it is not
   * the one that is right.
   */
  public boolean isAhead() {
    long now = time.unixMillis();
    return now >= EntryCheck.SOURCE_MILLIS
        && global.highestCounter() > now + RenewRules.AHEAD.toMillis();
  }

  /** Only what peers may have refused is signed again. */
  private String renewAhead() throws StorageFailed {
    long now = time.unixMillis();
    String cause =
        "it signed as of %s, when the clock was wrong"
            .formatted(Instant.ofEpochMilli(global.highestCounter()));
    renew(cause, now + RenewRules.AHEAD.toMillis(), now);
    return cause;
  }

  private Verdict judgeOurselves(PeerName peer, Hello hello) throws RealizeException {
    if (isAhead()) {
      return new Verdict.Renewed(renewAhead());
    }
    Identity own = global.identity();
    if (hello.identity().store().equals(own.store())) {
      return leave(peer, peer + " is a copy of it", firstOwn(own, hello.identity().incarnations()));
    }
    Optional<Identity> remembered = hello.remembered();
    if (remembered.isEmpty() || !remembered.get().store().equals(own.store())) {
      return new Verdict.Accept();
    }
    if (!own.incarnations().containsAll(remembered.get().incarnations())) {
      String cause = peer + " remembers a start of it that it does not know";
      return leave(peer, cause, firstOwn(own, remembered.get().incarnations()));
    }
    for (Hello.Committed committed : hello.committed()) {
      if (isBehind(committed)) {
        String cause = peer + " has more of the feed of " + committed.arena() + " than there is";
        return leave(peer, cause, firstAfter(committed.incarnation()));
      }
    }
    return new Verdict.Accept();
  }

  /** True if that start's feed went further than the next start found it. */
  private boolean isBehind(Hello.Committed committed) throws RealizeException {
    if (!global.arenas().contains(committed.arena())) {
      return true;
    }
    return global
        .arena(committed.arena())
        .read(reader -> {
          List<KnownStart> starts = ArenaRenewal.starts(reader);
          int at = indexOf(starts, committed.incarnation());
          long head =
              at >= 0 && at + 1 < starts.size() ? starts.get(at + 1).number() : reader.headSeq();
          return committed.seq() > head;
        });
  }

  /** The first counter of the start after this one; of this one if it is the last. */
  private long firstAfter(UUID incarnation) throws StorageFailed {
    List<KnownStart> starts = starts();
    return starts.get(Math.min(indexOf(starts, incarnation) + 1, starts.size() - 1)).number();
  }

  private static int indexOf(List<KnownStart> starts, UUID incarnation) {
    for (int i = 0; i < starts.size(); i++) {
      if (starts.get(i).incarnation().equals(incarnation)) {
        return i;
      }
    }
    return -1;
  }

  private Verdict judgeThem(PeerName peer, Hello hello) throws StorageFailed {
    Identity theirs = hello.identity();
    List<StoreId> stores = stores(peer);
    int known = stores.indexOf(theirs.store());
    Optional<Remembered> before = global.remembered(theirs.store());
    if (known >= 0 && known < stores.size() - 1) {
      return refused(peer, theirs, before);
    }
    if (known < 0) {
      if (!mayChange(IDENTITIES.at(peer), MOST_IDENTITIES)) {
        return new Verdict.Refuse(
            "%s took more than %d new identities within a day".formatted(peer, MOST_IDENTITIES));
      }
      List<StoreId> next = new ArrayList<>(stores);
      next.add(theirs.store());
      global.putRow(STORES.at(peer), next);
      if (before.isPresent()) {
        return new Verdict.Refuse(
            peer + " has a store that was seen under another key; it must hear of that first");
      }
    }
    if (before.isPresent()
        && !theirs.incarnations().containsAll(before.get().identity().incarnations())) {
      return new Verdict.Refuse(peer + " was restored or cloned and must take a new identity");
    }
    for (Hello.Left left : hello.left()) {
      if (stores.contains(left.store()) && global.row(LEFT.at(left.store())).isEmpty()) {
        List<KnownStart> starts = new ArrayList<>();
        left.starts().forEach(s -> starts.add(new KnownStart(s.incarnation(), s.firstCounter())));
        global.putRow(LEFT.at(left.store()), starts);
      }
    }
    if (before.isEmpty() || !before.get().identity().equals(theirs)) {
      global.remember(theirs, time.unixMillis());
    }
    if (!behind(theirs.store()).equals(Optional.of(peer.toString()))) {
      global.putRow(PEER.at(theirs.store()), peer.toString());
    }
    returned.remove(peer);
    return new Verdict.Accept();
  }

  /** The refusal of a store that the peer's key stood for before another one. */
  private Verdict refused(PeerName peer, Identity theirs, Optional<Remembered> before) {
    UUID start = theirs.incarnations().getLast();
    if (before.filter(r -> r.identity().incarnations().contains(start)).isPresent()) {
      return new Verdict.Refuse("two machines use the key of " + peer);
    }
    returned.put(peer, theirs.store());
    return new Verdict.Returned(
        peer + " came back with an identity that it left, and must take a new one");
  }

  /** The peer that a store was last seen behind. */
  private Optional<String> behind(StoreId store) throws StorageFailed {
    return global.row(PEER.at(store));
  }

  /** The first counter of ours that a holder of {@code shared} cannot know. */
  private long firstOwn(Identity own, List<UUID> shared) throws StorageFailed {
    Set<UUID> known = new HashSet<>(shared);
    List<KnownStart> starts = starts();
    for (KnownStart start : starts) {
      if (own.incarnations().contains(start.incarnation())
          && !known.contains(start.incarnation())) {
        return start.number();
      }
    }
    return starts.getLast().number();
  }

  /**
   * As {@link #renew}, after the former identity was used: others must hear of that. Refuses a peer
   * that says too often what leads to it.
   */
  private Verdict leave(PeerName peer, String cause, long firstOwn) throws StorageFailed {
    if (!mayChange(RENEWALS.at(peer), MOST_RENEWALS)) {
      return new Verdict.Refuse(
          "this store took %d new identities within a day because of %s; now because %s"
              .formatted(MOST_RENEWALS, peer, cause));
    }
    global.putRow(FORKED.at(global.identity().store()), starts());
    renew(cause, firstOwn, Long.MAX_VALUE);
    return new Verdict.Renewed(cause);
  }

  /** Notes one change more, unless there were {@code most} within the last day. */
  private boolean mayChange(Rows<List<Long>> changes, int most) throws StorageFailed {
    long now = time.unixMillis();
    List<Long> within = new ArrayList<>(global.row(changes).orElse(List.of()));
    within.removeIf(at -> Math.abs(now - at) >= A_DAY.toMillis());
    if (within.size() >= most) {
      return false;
    }
    within.add(now);
    global.putRow(changes, within);
    return true;
  }

  /** First where the unshared counters begin, then the identity: a crash between does no harm. */
  private void renew(String cause, long firstOwn, long mostCounter) throws StorageFailed {
    StoreId former = global.identity().store();
    global.putRow(RENEWED.at(former), firstOwn);
    StoreId now = global.renew(mostCounter).store();
    noteStart();
    LOG.warn("store {} takes the new identity {}: {}", former, now, cause);
  }

  /**
   * Notes from which counter on versions belong to the present start: the one after the highest so
   * far, whatever the clock says, so that no other copy used one in between.
   */
  private void noteStart() throws StorageFailed {
    UUID present = global.identity().incarnations().getLast();
    List<KnownStart> starts = new ArrayList<>(starts());
    if (starts.isEmpty() || !starts.getLast().incarnation().equals(present)) {
      starts.add(new KnownStart(present, global.nextCounter(0)));
      global.putRow(STARTS, starts);
    }
  }

  private List<KnownStart> starts() throws StorageFailed {
    return global.row(STARTS).orElse(List.of());
  }

  /** The stores that the peer's key has stood for, oldest first. */
  List<StoreId> stores(PeerName peer) throws StorageFailed {
    return global.row(STORES.at(peer)).orElse(List.of());
  }
}
