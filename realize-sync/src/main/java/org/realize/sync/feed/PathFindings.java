package org.realize.sync.feed;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Finding;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The marks that peers' entries left on paths of one arena: held until confirmed, or failed. The
 * store has them as findings, and in a row per held path the stores that it is held from; this is
 * their copy in memory, so that an ordinary entry costs no look-up. Used only inside the arena's
 * writes, which makes the arena's writer its lock.
 */
final class PathFindings {

  private static final Rows<List<StoreId>> HELD =
      Rows.ofLists("feed.held", 1, RowEncoder::putStore, RowDecoder::getStore);

  private final Map<RelativePath, Set<StoreId>> held = new HashMap<>();
  private final Set<Finding.Key> failed = new HashSet<>();

  /** Forgets what is in memory and reads the store. */
  void load(ArenaReader reader) throws StorageFailed {
    held.clear();
    failed.clear();
    for (Finding finding : reader.findings(Integer.MAX_VALUE)) {
      if (finding.source().part() != Finding.Part.FEED) {
        continue;
      }
      if (finding.kind() == Finding.Kind.FAILED) {
        failed.add(finding.key());
      } else if (finding.kind() == Finding.Kind.HELD) {
        List<StoreId> stores = reader.row(HELD.at(finding.subject())).orElse(List.of());
        held.put(RelativePath.of(finding.subject()), new TreeSet<>(stores));
      }
    }
  }

  /** Stores whose report on {@code path} waits for the user. */
  Set<StoreId> heldAt(RelativePath path) {
    return held.isEmpty() ? Set.of() : held.getOrDefault(path, Set.of());
  }

  List<RelativePath> held() {
    return new ArrayList<>(held.keySet());
  }

  void hold(ArenaWriter writer, RelativePath path, StoreId store, String cause, long nowMillis)
      throws StorageFailed {
    Set<StoreId> stores = new TreeSet<>(heldAt(path));
    if (stores.add(store)) {
      held.put(path, stores);
      writer.putRow(HELD.at(path), List.copyOf(stores));
      writer.putFinding(heldKey(path).found(cause, nowMillis));
    }
  }

  /** No store's report on {@code path} waits any more. */
  void release(ArenaWriter writer, RelativePath path) throws StorageFailed {
    if (held.remove(path) != null) {
      writer.removeRow(HELD.at(path));
      writer.removeFinding(heldKey(path));
    }
  }

  /** The report of {@code store} on {@code path} no longer waits; others' may. */
  void release(ArenaWriter writer, RelativePath path, StoreId store) throws StorageFailed {
    Set<StoreId> stores = new TreeSet<>(heldAt(path));
    if (stores.remove(store)) {
      if (stores.isEmpty()) {
        release(writer, path);
      } else {
        held.put(path, stores);
        writer.putRow(HELD.at(path), List.copyOf(stores));
      }
    }
  }

  void failed(ArenaWriter writer, RelativePath path, PeerName peer, String cause, long nowMillis)
      throws StorageFailed {
    Finding.Key key = failedKey(path, peer);
    failed.add(key);
    writer.putFinding(key.found(cause, nowMillis));
  }

  void succeeded(ArenaWriter writer, RelativePath path, PeerName peer) throws StorageFailed {
    if (!failed.isEmpty()) {
      Finding.Key key = failedKey(path, peer);
      if (failed.remove(key)) {
        writer.removeFinding(key);
      }
    }
  }

  private static Finding.Key heldKey(RelativePath path) {
    return Finding.Key.of(Finding.Kind.HELD, Finding.Part.FEED, path);
  }

  private static Finding.Key failedKey(RelativePath path, PeerName peer) {
    return new Finding.Key(Finding.Kind.FAILED, Finding.Source.feed(peer), path.toString());
  }
}
