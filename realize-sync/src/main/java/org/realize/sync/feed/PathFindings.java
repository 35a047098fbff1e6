package org.realize.sync.feed;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Finding.FindingSource;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The paths of one arena whose newest reports had no effect: those that {@link RemovalGuard} holds
 * because they remove or replace a file, and those that could not be judged. The store has them as
 * findings, and for each held path a row of what is held; this is their copy in memory, so that an
 * ordinary entry costs no look-up. Used only inside the arena's writes, which makes the arena's
 * writer its lock.
 */
final class PathFindings {

  /** Paths of one peer that are listed as failed; it can make up any number of them. */
  static final int MAX_FAILED = 1_000;

  private static final Rows<Held> HELD =
      Rows.of(
          "feed.held",
          2,
          (out, held) ->
              out.putStore(held.author)
                  .putEach(held.stores, RowEncoder::putStore)
                  .putStore(held.feed)
                  .putNumber(held.until),
          in ->
              new Held(
                  in.getStore(),
                  new TreeSet<>(in.getEach(RowDecoder::getStore)),
                  in.getStore(),
                  in.getNumber()));

  /**
   * A set of reports on one path that are recorded but not judged: what the path shows does not
   * follow them yet.
   *
   * @param author the store whose change is held
   * @param stores the stores that reported it
   * @param feed the store whose feed is read before they are judged
   * @param until how far, by that feed's sequence; 0 if it was read and the user is to decide
   */
  record Held(StoreId author, Set<StoreId> stores, StoreId feed, long until) {

    Held {
      stores = Collections.unmodifiableSet(new TreeSet<>(stores));
    }

    /** True if it is for the user to decide. */
    boolean waitsForUser() {
      return until == 0;
    }

    /** As this, after the feed was read. */
    Held forUser() {
      return new Held(author, stores, feed, 0);
    }

    private Held with(Set<StoreId> others) {
      return new Held(author, others, feed, until);
    }
  }

  private final Map<RelativePath, Held> held = new HashMap<>();
  private final Map<FindingSource, Set<String>> failed = new HashMap<>();

  /** Of {@link #held}, those that wait for their feed. */
  private int waiting;

  /** Forgets what is in memory and reads the store. */
  void load(ArenaReader reader) throws StorageFailed {
    held.clear();
    failed.clear();
    waiting = 0;
    for (Finding finding : reader.findings(Integer.MAX_VALUE)) {
      if (finding.source().part() != Finding.Part.FEED) {
        continue;
      }
      if (finding.kind() == Finding.FindingKind.FAILED) {
        subjects(finding.source()).add(finding.subject());
      } else if (finding.kind() == Finding.FindingKind.HELD) {
        RelativePath path = RelativePath.of(finding.subject());
        reader.row(HELD.at(path)).ifPresent(row -> put(path, row));
      }
    }
  }

  /** Stores whose report on {@code path} is held. */
  Set<StoreId> heldAt(RelativePath path) {
    Held here = held.isEmpty() ? null : held.get(path);
    return here == null ? Set.of() : here.stores;
  }

  /** What is held on {@code path}; null if nothing is. */
  @Nullable Held at(RelativePath path) {
    return held.get(path);
  }

  /** All that is held, by path. A copy. */
  Map<RelativePath, Held> held() {
    return new HashMap<>(held);
  }

  /** True if something waits for its feed. */
  boolean waits() {
    return waiting > 0;
  }

  private @Nullable Held put(RelativePath path, Held one) {
    Held last = held.put(path, one);
    waiting += (one.waitsForUser() ? 0 : 1) - (last == null || last.waitsForUser() ? 0 : 1);
    return last;
  }

  /**
   * Holds the reports of {@code one}'s stores on {@code path} besides those held there before; all
   * then have {@code one}'s author and feed, and this cause.
   */
  void hold(ArenaWriter writer, RelativePath path, Held one, String cause, long nowMillis)
      throws StorageFailed {
    Set<StoreId> stores = new TreeSet<>(heldAt(path));
    stores.addAll(one.stores);
    Held all = one.with(stores);
    if (!all.equals(put(path, all))) {
      writer.putRow(HELD.at(path), all);
      writer.putFinding(heldKey(path).toFinding(cause, nowMillis));
    }
  }

  /** Holds the report of {@code store} on {@code path}, on which others' are held, as these. */
  void hold(ArenaWriter writer, RelativePath path, StoreId store) throws StorageFailed {
    Held here = held.get(path);
    if (here != null && !here.stores.contains(store)) {
      Set<StoreId> stores = new TreeSet<>(here.stores);
      stores.add(store);
      put(path, here.with(stores));
      writer.putRow(HELD.at(path), here.with(stores));
    }
  }

  /** Nothing on {@code path} is held any more. */
  void release(ArenaWriter writer, RelativePath path) throws StorageFailed {
    Held last = held.remove(path);
    if (last != null) {
      waiting -= last.waitsForUser() ? 0 : 1;
      writer.removeRow(HELD.at(path));
      writer.removeFinding(heldKey(path));
    }
  }

  /** The report of {@code store} on {@code path} is no longer held; others' may be. */
  void release(ArenaWriter writer, RelativePath path, StoreId store) throws StorageFailed {
    Held here = held.get(path);
    Set<StoreId> stores = new TreeSet<>(heldAt(path));
    if (here != null && stores.remove(store)) {
      if (stores.isEmpty()) {
        release(writer, path);
      } else {
        put(path, here.with(stores));
        writer.putRow(HELD.at(path), here.with(stores));
      }
    }
  }

  /**
   * Notes that a report of {@code peer} on {@code path} is malformed or could not be judged; false
   * if so many of that peer are listed that this one is not.
   */
  boolean failed(ArenaWriter writer, RelativePath path, PeerName peer, String cause, long nowMillis)
      throws StorageFailed {
    Finding.Key key = failedKey(path, peer);
    Set<String> subjects = subjects(key.source());
    boolean isListed = subjects.contains(key.subject()) || subjects.size() < MAX_FAILED;
    if (isListed) {
      subjects.add(key.subject());
      writer.putFinding(key.toFinding(cause, nowMillis));
    }
    return isListed;
  }

  private Set<String> subjects(FindingSource source) {
    return failed.computeIfAbsent(source, _ -> new HashSet<>());
  }

  /** Removes what {@link #failed} noted, if anything. */
  void succeeded(ArenaWriter writer, RelativePath path, PeerName peer) throws StorageFailed {
    if (!failed.isEmpty()) {
      Finding.Key key = failedKey(path, peer);
      if (failed.getOrDefault(key.source(), new HashSet<>()).remove(key.subject())) {
        writer.removeFinding(key);
      }
    }
  }

  private static Finding.Key heldKey(RelativePath path) {
    return Finding.Key.of(Finding.FindingKind.HELD, Finding.Part.FEED, path);
  }

  private static Finding.Key failedKey(RelativePath path, PeerName peer) {
    return new Finding.Key(Finding.FindingKind.FAILED, FindingSource.feed(peer), path.toString());
  }
}
