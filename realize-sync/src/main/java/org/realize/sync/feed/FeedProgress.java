package org.realize.sync.feed;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.feed.FeedReceiver.PageSource;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Hello;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The progress of one arena in the feeds of others: how far each was taken in, and the start of its
 * store from which the last entry came. Used only inside the arena's writes, but for what is
 * static.
 */
final class FeedProgress {

  private static final Rows<UUID> START =
      Rows.of("feed.under", 1, RowEncoder::putUuid, RowDecoder::getUuid);

  /**
   * The first entry of a feed that was not taken in because this machine's clock, or another's, is
   * wrong.
   *
   * @param latestMillis the latest time that was believed then
   */
  private record Incredible(long seq, long latestMillis) {}

  private static final Rows<Incredible> INCREDIBLE =
      Rows.of(
          "feed.incredible",
          1,
          (out, entry) -> out.putNumber(entry.seq()).putSigned(entry.latestMillis()),
          in -> new Incredible(in.getNumber(), in.getSigned()));

  private static final long DAY_MILLIS = Duration.ofDays(1).toMillis();

  private final Map<StoreId, UUID> starts = new HashMap<>();

  /** Forgets what is in memory. */
  void load() {
    starts.clear();
  }

  void put(ArenaWriter writer, PageSource from, long seq) throws StorageFailed {
    writer.putProgress(from.store(), seq);
    if (!from.incarnation().equals(starts.get(from.store()))) {
      writer.putRow(START.at(from.store()), from.incarnation());
      starts.put(from.store(), from.incarnation());
    }
  }

  /** Notes that the entry {@code seq} was not believed; the first such one counts. */
  static void doubt(ArenaWriter writer, StoreId store, long seq, long latestMillis)
      throws StorageFailed {
    if (writer.row(INCREDIBLE.at(store)).isEmpty()) {
      writer.putRow(INCREDIBLE.at(store), new Incredible(seq, latestMillis));
    }
  }

  /** True if an entry that was not believed is to be read again: the clock is a day further. */
  static boolean isBelievedNow(ArenaReader reader, StoreId store, long latestMillis)
      throws StorageFailed {
    return reader
        .row(INCREDIBLE.at(store))
        .filter(entry -> latestMillis - entry.latestMillis() >= DAY_MILLIS)
        .isPresent();
  }

  /** Goes back to before the first entry that was not believed. */
  static void goBack(ArenaWriter writer, StoreId store) throws StorageFailed {
    Optional<Incredible> first = writer.row(INCREDIBLE.at(store));
    if (first.isPresent()) {
      writer.removeRow(INCREDIBLE.at(store));
      writer.putProgress(store, Math.min(writer.progress(store), first.get().seq() - 1));
    }
  }

  /** The start of {@code store} from which the last entry came; empty if none did. */
  static Optional<UUID> start(ArenaReader reader, StoreId store) throws StorageFailed {
    return reader.row(START.at(store));
  }

  /** How far {@code store}'s feed was taken in, in the words of Hello; empty if not at all. */
  static Optional<Hello.Committed> committed(ArenaReader reader, StoreId store)
      throws StorageFailed {
    long seq = reader.progress(store);
    return start(reader, store).map(start -> new Hello.Committed(reader.arena(), seq, start));
  }
}
