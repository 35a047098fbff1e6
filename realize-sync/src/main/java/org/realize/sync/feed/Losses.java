package org.realize.sync.feed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;

/**
 * The paths of one arena whose files each author removed or replaced within the last 24 hours of
 * observed time, each path once. The store has them as a log: every commit that counts something
 * adds one row of what changed, and a row goes when all that it counted is older than a day. Time
 * in which the daemon does not run ages nothing; what a kill loses of it counts as not observed.
 * Used only inside the arena's writes.
 */
final class Losses {

  static final int HOURS = 24;

  private static final long MILLIS_PER_HOUR = 3_600_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final Rows<Extent> EXTENT =
      Rows.of(
          "feed.losses",
          1,
          (out, extent) ->
              out.putNumber(extent.first).putNumber(extent.end).putNumber(extent.observedMillis),
          in -> new Extent(in.getNumber(), in.getNumber(), in.getNumber()));

  private static final Rows<List<LossChange>> CHANGES =
      Rows.ofLists("feed.losses.changes", 1, Losses::encode, Losses::decode);

  /**
   * A file that one author took out of sight.
   *
   * @param hash the content that was shown before
   * @param isRemoval false if another content is shown since
   * @param hour hours of observed time until then
   */
  record Loss(StoreId author, RelativePath path, ContentHash hash, boolean isRemoval, long hour) {}

  /** A row of the log: a loss that is counted from then on, or no more. */
  private record LossChange(Loss loss, boolean isCounted) {}

  /** The numbers of the log's rows, the last not included, and the observed time at its last. */
  private record Extent(long first, long end, long observedMillis) {}

  /** A row of the log in memory: the hour of its newest loss. */
  private record LogRow(long number, long hour) {}

  private final TimeSource time;
  private final Map<StoreId, Map<RelativePath, Loss>> byAuthor = new HashMap<>();
  private final Map<ContentHash, Set<Loss>> byHash = new HashMap<>();
  private final Deque<LogRow> log = new ArrayDeque<>();
  private final List<LossChange> unwritten = new ArrayList<>();
  private final long startNanos;
  private long observedBefore = -1;
  private long nextRow;
  private long expiredUntil;

  Losses(TimeSource time) {
    this.time = time;
    this.startNanos = time.monotonicNanos();
  }

  /** Forgets what is in memory and reads the store. */
  void load(ArenaReader reader) throws StorageFailed {
    byAuthor.clear();
    byHash.clear();
    log.clear();
    unwritten.clear();
    expiredUntil = 0;
    Extent extent = reader.row(EXTENT).orElse(new Extent(0, 0, 0));
    nextRow = extent.end;
    if (observedBefore < 0) {
      observedBefore = extent.observedMillis;
    }
    for (long number = extent.first; number < extent.end; number++) {
      List<LossChange> changes = reader.row(CHANGES.at(number)).orElse(List.of());
      changes.forEach(this::replay);
      log.add(row(number, changes));
    }
  }

  private void replay(LossChange change) {
    if (change.isCounted) {
      add(change.loss);
    } else {
      remove(change.loss);
    }
  }

  private static LogRow row(long number, List<LossChange> changes) {
    return new LogRow(number, changes.stream().mapToLong(c -> c.loss.hour).max().orElse(0));
  }

  /** Hours of observed time. */
  long hour() {
    return observedMillis() / MILLIS_PER_HOUR;
  }

  private long observedMillis() {
    return Math.max(0, observedBefore) + (time.monotonicNanos() - startNanos) / NANOS_PER_MILLI;
  }

  /** The losses of {@code author} within the last day, by path. */
  Map<RelativePath, Loss> of(StoreId author) {
    return byAuthor.getOrDefault(author, Map.of());
  }

  /** All losses of a content within the last day. */
  Set<Loss> of(ContentHash hash) {
    return Set.copyOf(byHash.getOrDefault(hash, Set.of()));
  }

  /** Counts a path for its author, from now on and once. */
  void count(Loss loss) {
    add(loss);
    unwritten.add(new LossChange(loss, true));
  }

  /** Takes losses back that were none, or that the user has decided on. */
  void uncount(Collection<Loss> losses) {
    for (Loss loss : List.copyOf(losses)) {
      remove(loss);
      unwritten.add(new LossChange(loss, false));
    }
  }

  /** Drops what is older than a day, and commits what was counted with {@code writer}. */
  void write(ArenaWriter writer) throws StorageFailed {
    long oldest = hour() - HOURS + 1;
    if (unwritten.isEmpty() && oldest <= expiredUntil) {
      return;
    }
    if (oldest > expiredUntil) {
      byAuthor.values().stream()
          .flatMap(losses -> losses.values().stream())
          .filter(loss -> loss.hour < oldest)
          .toList()
          .forEach(this::remove);
      expiredUntil = oldest;
    }
    if (!unwritten.isEmpty()) {
      List<LossChange> changes = List.copyOf(unwritten);
      writer.putRow(CHANGES.at(nextRow), changes);
      log.add(row(nextRow, changes));
      nextRow++;
      unwritten.clear();
    }
    while (!log.isEmpty() && log.getFirst().hour < oldest) {
      writer.removeRow(CHANGES.at(log.removeFirst().number));
    }
    long first = log.isEmpty() ? nextRow : log.getFirst().number;
    writer.putRow(EXTENT, new Extent(first, nextRow, observedMillis()));
  }

  private void add(Loss loss) {
    Map<RelativePath, Loss> losses =
        byAuthor.computeIfAbsent(loss.author, _ -> new LinkedHashMap<>());
    Loss earlier = losses.put(loss.path, loss);
    if (earlier != null) {
      forget(earlier);
    }
    byHash.computeIfAbsent(loss.hash, _ -> new LinkedHashSet<>()).add(loss);
  }

  /** Removes exactly this loss: a later one of the same path stays. */
  private void remove(Loss loss) {
    Map<RelativePath, Loss> losses = byAuthor.get(loss.author);
    if (losses != null && losses.remove(loss.path, loss)) {
      forget(loss);
      if (losses.isEmpty()) {
        byAuthor.remove(loss.author);
      }
    }
  }

  private void forget(Loss loss) {
    Set<Loss> equal = byHash.get(loss.hash);
    if (equal != null && equal.remove(loss) && equal.isEmpty()) {
      byHash.remove(loss.hash);
    }
  }

  private static void encode(RowEncoder out, LossChange change) {
    Loss loss = change.loss;
    out.putByte((change.isCounted ? 1 : 0) + (loss.isRemoval ? 2 : 0));
    out.putStore(loss.author).putPath(loss.path).putHash(loss.hash).putNumber(loss.hour);
  }

  private static LossChange decode(RowDecoder in) {
    int flags = in.getByte();
    StoreId author = in.getStore();
    RelativePath path = in.getPath();
    ContentHash hash = in.getHash();
    Loss loss = new Loss(author, path, hash, (flags & 2) != 0, in.getNumber());
    return new LossChange(loss, (flags & 1) != 0);
  }
}
