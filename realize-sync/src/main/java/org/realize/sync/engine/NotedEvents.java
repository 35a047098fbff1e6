package org.realize.sync.engine;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.realize.sync.engine.StatusChange.ChangeKind;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The begun events of one arena that were noted and have not ended, by their keys, kept in the
 * store: what begins or ends while no process looks is told from what the life before noted. Of
 * more than {@value #MAX_KEPT}, or of very long ones, the store keeps the first only, and says so.
 * Used by one thread.
 */
final class NotedEvents {

  static final int MAX_KEPT = 1_000;

  /** The longest texts that are kept, in all, so that they fit into one row. */
  private static final int MAX_CHARS = 300_000;

  private static final Logger LOG = LoggerFactory.getLogger(NotedEvents.class);

  private static final Rows<KeptEvents> KEPT =
      Rows.of("events.noted", 1, KeptEvents::encode, KeptEvents::decode);

  private final ArenaStore store;
  private Map<String, StatusChange> events;
  private boolean isWhole;
  private boolean isStored = true;

  /** One event and its key. */
  private record KeptEvent(String key, StatusChange event) {}

  /** The row; not whole if there were more than it has. */
  private record KeptEvents(boolean isWhole, List<KeptEvent> entries) {
    static void encode(RowEncoder out, KeptEvents kept) {
      out.putByte(kept.isWhole() ? 1 : 0).putEach(kept.entries(), KeptEvents::encodeEntry);
    }

    private static void encodeEntry(RowEncoder out, KeptEvent entry) {
      StatusChange event = entry.event();
      out.putText(entry.key()).putText(event.kind().name());
      out.putText(event.subject()).putText(event.text());
    }

    static KeptEvents decode(RowDecoder in) {
      return new KeptEvents(in.getByte() == 1, in.getEach(KeptEvents::decodeEntry));
    }

    private static KeptEvent decodeEntry(RowDecoder in) {
      String key = in.getText();
      ChangeKind kind = ChangeKind.valueOf(in.getText());
      return new KeptEvent(key, new StatusChange(kind, false, in.getText(), in.getText()));
    }
  }

  /** Those of the life before. */
  NotedEvents(ArenaStore store) throws RealizeException {
    this.store = store;
    KeptEvents kept =
        store.read(reader -> reader.row(KEPT)).orElse(new KeptEvents(true, List.of()));
    isWhole = kept.isWhole();
    events = new LinkedHashMap<>();
    kept.entries().forEach(entry -> events.put(entry.key(), entry.event()));
  }

  Map<String, StatusChange> events() {
    return events;
  }

  /** False if others were noted, too, and which is not known. */
  boolean isWhole() {
    return isWhole;
  }

  /**
   * Replaces them, once what has changed was noted. Where they cannot be stored, as on a full disk,
   * that is tried again at the next call; until then the next life would note the changes again.
   */
  void put(Map<String, StatusChange> now) {
    isStored &= now.keySet().equals(events.keySet()) && isWhole;
    events = now;
    isWhole = true;
    if (isStored) {
      return;
    }
    List<KeptEvent> entries = new ArrayList<>();
    int chars = 0;
    for (Map.Entry<String, StatusChange> each : now.entrySet()) {
      StatusChange event = each.getValue();
      chars += each.getKey().length() + event.subject().length() + event.text().length();
      if (entries.size() == MAX_KEPT || chars > MAX_CHARS) {
        break;
      }
      entries.add(new KeptEvent(each.getKey(), event));
    }
    try {
      store.write(writer -> {
        writer.putRow(KEPT, new KeptEvents(entries.size() == now.size(), entries));
      });
      isStored = true;
    } catch (RealizeException e) {
      LOG.debug("store which events were noted: {}", e.oneLine());
    }
  }
}
