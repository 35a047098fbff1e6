package org.realize.sync.feed;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
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
import org.realize.sync.port.TimeSource;
import org.realize.sync.rules.ForkRules.Fork;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, from what stores remember of each other, whether one of them was restored or cloned.
 *
 * <p>Every start of a store adds a random incarnation to it, and every peer remembers the starts
 * that it has seen of another. A copy of a store goes on from an earlier point: sooner or later a
 * peer remembers a start of it that the copy does not know, or is further in its feed than the feed
 * goes. The copy then takes a new identity, before anything else, and signs anew what it changed in
 * starts that the peer does not know ({@link ArenaRenewal}). A copy that finds itself on another
 * machine, or in another file, does so at its start.
 *
 * <p>Where a peer knows every start of ours and more, it is another copy that went on, and ours may
 * have written in its present start after the copy was made: that whole start is signed anew. This
 * may show a conflict that is none; the other way round a user's change would silently be lost.
 *
 * <p>Thread-safe; the lock makes each judgement and renewal one step and is held while the global
 * store is written, never while anything else waits.
 */
public final class Incarnations implements HelloJudge {

  private static final Logger LOG = LoggerFactory.getLogger(Incarnations.class);
  private static final String STARTS_ROW = "starts";
  private static final String MACHINE_ROW = "machine";
  private static final String RENEWED_ROW = "renewed/";
  private static final String FORKED_ROW = "forked/";
  private static final String LEFT_ROW = "left/";
  private static final String PEER_ROW = "peer/";
  private static final String BEHIND_ROW = "behind/";

  /** Identities that Hello tells of; a peer that was away for more renewals learns of the last. */
  private static final int MOST_LEFT = 8;

  /** Starts that are told of each of them; a copy from before these is not told apart. */
  private static final int MOST_STARTS = 1_024;

  private final GlobalStore global;
  private final TimeSource time;
  private final ReentrantLock lock = new ReentrantLock();

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
    byte[] mark = machine.getBytes(StandardCharsets.UTF_8);
    Optional<byte[]> before = global.row(MACHINE_ROW);
    boolean copied = before.isPresent() && !Arrays.equals(before.get(), mark);
    incarnations.noteStart();
    if (copied) {
      incarnations.renew(
          "it was copied to another place", incarnations.starts().getLast().number());
    }
    if (copied || before.isEmpty()) {
      global.putRow(MACHINE_ROW, mark);
    }
    return incarnations;
  }

  /** The lowest counter of {@code former} that was not shared when it was left; empty: all are. */
  Optional<Long> firstOwn(StoreId former) throws StorageFailed {
    return global.row(RENEWED_ROW + former).map(Row::decodeLong);
  }

  /**
   * How {@code left}, which stands for two copies of a store, parted from what was heard of it;
   * empty if all that was heard is what the copy said that left it.
   *
   * @param heard the start of {@code left} from which was heard last
   */
  Optional<Fork> fork(StoreId left, UUID heard) throws StorageFailed {
    List<Row.Start> starts = global.row(LEFT_ROW + left).map(Row::decodeStarts).orElse(List.of());
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
    Optional<Remembered> last =
        stores.isEmpty() ? Optional.empty() : global.remembered(stores.getLast());
    List<Hello.Committed> committed = new ArrayList<>();
    if (last.isPresent()) {
      for (ArenaName name : global.arenas()) {
        global
            .arena(name)
            .read(reader -> FeedReceiver.committed(reader, stores.getLast()))
            .ifPresent(committed::add);
      }
    }
    return new Hello(global.identity(), last.map(Remembered::identity), committed, left());
  }

  /** The identities that another copy of this store has used as well, as far as Hello has room. */
  private List<Hello.Left> left() throws StorageFailed {
    List<Hello.Left> left = new ArrayList<>();
    for (StoreId former : last(global.formerIds(), MOST_LEFT)) {
      List<Hello.Start> starts = new ArrayList<>();
      for (Row.Start start :
          global.row(FORKED_ROW + former).map(Row::decodeStarts).orElse(List.of())) {
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

  private Verdict judgeOurselves(PeerName peer, Hello hello) throws RealizeException {
    Identity own = global.identity();
    if (hello.identity().store().equals(own.store())) {
      String cause = peer + " is a copy of it";
      leave(cause, firstOwn(own, hello.identity().incarnations()));
      return new Verdict.Renewed(cause);
    }
    Optional<Identity> remembered = hello.remembered();
    if (remembered.isEmpty() || !remembered.get().store().equals(own.store())) {
      return new Verdict.Accept();
    }
    if (!own.incarnations().containsAll(remembered.get().incarnations())) {
      String cause = peer + " remembers a start of it that it does not know";
      leave(cause, firstOwn(own, remembered.get().incarnations()));
      return new Verdict.Renewed(cause);
    }
    for (Hello.Committed committed : hello.committed()) {
      if (isBehind(committed)) {
        String cause = peer + " has more of the feed of " + committed.arena() + " than there is";
        leave(cause, firstAfter(committed.incarnation()));
        return new Verdict.Renewed(cause);
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
          List<Row.Start> starts = ArenaRenewal.starts(reader);
          int at = indexOf(starts, committed.incarnation());
          long head =
              at >= 0 && at + 1 < starts.size() ? starts.get(at + 1).number() : reader.headSeq();
          return committed.seq() > head;
        });
  }

  /** The first counter of the start after this one; of this one if it is the last. */
  private long firstAfter(UUID incarnation) throws StorageFailed {
    List<Row.Start> starts = starts();
    return starts.get(Math.min(indexOf(starts, incarnation) + 1, starts.size() - 1)).number();
  }

  private static int indexOf(List<Row.Start> starts, UUID incarnation) {
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
    if (known >= 0 && known < stores.size() - 1) {
      return new Verdict.Refuse("two machines use the key of " + peer);
    }
    Optional<Remembered> before = global.remembered(theirs.store());
    if (known < 0) {
      List<StoreId> next = new ArrayList<>(stores);
      next.add(theirs.store());
      global.putRow(PEER_ROW + peer, Row.encodeStores(next));
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
      if (stores.contains(left.store()) && global.row(LEFT_ROW + left.store()).isEmpty()) {
        List<Row.Start> starts = new ArrayList<>();
        left.starts().forEach(s -> starts.add(new Row.Start(s.incarnation(), s.firstCounter())));
        global.putRow(LEFT_ROW + left.store(), Row.encodeStarts(starts));
      }
    }
    if (before.isEmpty() || !before.get().identity().equals(theirs)) {
      global.remember(theirs, time.unixMillis());
    }
    if (!behind(theirs.store()).equals(Optional.of(peer.toString()))) {
      global.putRow(BEHIND_ROW + theirs.store(), peer.toString().getBytes(StandardCharsets.UTF_8));
    }
    return new Verdict.Accept();
  }

  /** The peer that a store was last seen behind. */
  private Optional<String> behind(StoreId store) throws StorageFailed {
    return global.row(BEHIND_ROW + store).map(row -> new String(row, StandardCharsets.UTF_8));
  }

  /** The first counter of ours that a holder of {@code shared} cannot know. */
  private long firstOwn(Identity own, List<UUID> shared) throws StorageFailed {
    Set<UUID> known = new HashSet<>(shared);
    List<Row.Start> starts = starts();
    for (Row.Start start : starts) {
      if (own.incarnations().contains(start.incarnation())
          && !known.contains(start.incarnation())) {
        return start.number();
      }
    }
    return starts.getLast().number();
  }

  /** As {@link #renew}, after the former identity was used: others must hear of that. */
  private void leave(String cause, long firstOwn) throws StorageFailed {
    global.putRow(FORKED_ROW + global.identity().store(), Row.encodeStarts(starts()));
    renew(cause, firstOwn);
  }

  /** First where the unshared counters begin, then the identity: a crash between does no harm. */
  private void renew(String cause, long firstOwn) throws StorageFailed {
    StoreId former = global.identity().store();
    global.putRow(RENEWED_ROW + former, Row.encodeLong(firstOwn));
    StoreId now = global.renew().store();
    noteStart();
    LOG.warn("store {} takes the new identity {}: {}", former, now, cause);
  }

  /**
   * Notes from which counter on versions belong to the present start: the one after the highest so
   * far, whatever the clock says, so that no other copy used one in between.
   */
  private void noteStart() throws StorageFailed {
    UUID present = global.identity().incarnations().getLast();
    List<Row.Start> starts = new ArrayList<>(starts());
    if (starts.isEmpty() || !starts.getLast().incarnation().equals(present)) {
      starts.add(new Row.Start(present, global.nextCounter(0)));
      global.putRow(STARTS_ROW, Row.encodeStarts(starts));
    }
  }

  private List<Row.Start> starts() throws StorageFailed {
    return global.row(STARTS_ROW).map(Row::decodeStarts).orElse(List.of());
  }

  private List<StoreId> stores(PeerName peer) throws StorageFailed {
    return global.row(PEER_ROW + peer).map(Row::decodeStores).orElse(List.of());
  }
}
