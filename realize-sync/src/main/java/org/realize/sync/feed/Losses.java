package org.realize.sync.feed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;

/**
 * The paths of one arena whose files each author removed or replaced within the last 24 hours of
 * observed time, each path once. The store has them as a log: every commit that counts something
 * adds one row of what changed, with what the paths showed before; it is not kept in memory. A row
 * goes when all that it counted is older than two days: a path that was counted again refers to the
 * row of its first loss, which is less than a day older. Time in which the daemon does not run ages
 * nothing; what a kill loses of it counts as not observed. Used only inside the arena's writes.
 */
final class Losses {

  static final int HOURS = 24;

  static final long MILLIS_PER_HOUR = 3_600_000;
  private static final long NANOS_PER_MILLI = 1_000_000;

  private static final Rows<Extent> EXTENT =
      Rows.of(
          "feed.lost",
          1,
          (out, extent) ->
              out.putNumber(extent.first).putNumber(extent.end).putNumber(extent.observedMillis),
          in -> new Extent(in.getNumber(), in.getNumber(), in.getNumber()));

  private static final Rows<List<LossChange>> CHANGES =
      Rows.ofLists("feed.lost.changes", 1, Losses::encode, Losses::decode);

  /**
   * A file that one author took out of sight.
   *
   * @param hash the content that was shown before the author's first change within the day
   * @param isRemoval false if another content is shown since
   * @param isNew true if the author itself had added the file within the day
   * @param hour hours of observed time until then
   * @param row number of the log's row with what was shown before the author's first change
   */
  record Loss(
      StoreId author,
      RelativePath path,
      ContentHash hash,
      boolean isRemoval,
      boolean isNew,
      long hour,
      long row) {}

  /** The version that a path showed, with its metadata, until an author changed it. */
  record LostVersion(Version version, Metadata metadata) {}

  /**
   * An entry of a row of the log: a loss that is counted from then on, or no more.
   *
   * @param lost null where it is in the row of an earlier loss, or nothing is counted
   */
  private record LossChange(Loss loss, boolean isCounted, @Nullable LostVersion lost) {}

  /** The numbers of the log's rows, the last not included, and the observed time at its last. */
  private record Extent(long first, long end, long observedMillis) {}

  /** A row of the log in memory: the hour of its newest loss. */
  private record LogRow(long number, long hour) {}

  private final TimeSource time;
  private final Map<StoreId, Map<RelativePath, Loss>> byAuthor = new HashMap<>();
  private final Map<ContentHash, Set<Loss>> byHash = new HashMap<>();

  /** The hour of each content that was counted and is no more, as it may be shown elsewhere. */
  private final Map<ContentHash, Long> uncounted = new HashMap<>();

  private final Deque<LogRow> log = new ArrayDeque<>();
  private final List<LossChange> unwritten = new ArrayList<>();
  private final long startNanos;
  private long observedBefore = -1;
  private long nextRow;

  /** The hour whose losses, and those of later ones, are counted. */
  private long oldest;

  /** The first row of the log with such a loss. */
  private long firstRecent;

  private long writtenUntil;

  Losses(TimeSource time) {
    this.time = time;
    this.startNanos = time.monotonicNanos();
  }

  /** Forgets what is in memory and reads the store. */
  void load(ArenaReader reader) throws StorageFailed {
    byAuthor.clear();
    byHash.clear();
    uncounted.clear();
    log.clear();
    unwritten.clear();
    oldest = 0;
    writtenUntil = 0;
    Extent extent = reader.row(EXTENT).orElse(new Extent(0, 0, 0));
    nextRow = extent.end;
    firstRecent = extent.first;
    if (observedBefore < 0) {
      observedBefore = extent.observedMillis;
    }
    for (long number = extent.first; number < extent.end; number++) {
      List<LossChange> changes = reader.row(CHANGES.at(number)).orElse(List.of());
      changes.forEach(this::replay);
      log.add(row(number, changes));
    }
    expire();
  }

  /** The first hour whose losses are counted. */
  long firstHour() {
    return hour() - HOURS + 1;
  }

  /** Ceases to count what is older than a day. */
  void expire() {
    long first = firstHour();
    if (first <= oldest) {
      return;
    }
    oldest = first;
    byAuthor.values().stream()
        .flatMap(losses -> losses.values().stream())
        .filter(loss -> loss.hour < oldest)
        .toList()
        .forEach(this::remove);
    uncounted.values().removeIf(hour -> hour < oldest);
    firstRecent =
        log.stream()
            .filter(row -> row.hour >= oldest)
            .mapToLong(LogRow::number)
            .findFirst()
            .orElse(nextRow);
  }

  private void replay(LossChange change) {
    if (change.isCounted) {
      add(change.loss);
    } else {
      noteUncounted(change.loss);
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

  private void noteUncounted(Loss loss) {
    remove(loss);
    if (!loss.isNew) {
      uncounted.put(loss.hash, loss.hour);
    }
  }

  /** True if a file of this content, not a new one, left its name within the last day. */
  boolean isKnown(ContentHash hash) {
    return uncounted.containsKey(hash)
        || byHash.getOrDefault(hash, Set.of()).stream().anyMatch(loss -> !loss.isNew);
  }

  /** All contents that {@link #isKnown}. */
  Set<ContentHash> known() {
    Set<ContentHash> known = new HashSet<>(uncounted.keySet());
    byHash.keySet().stream().filter(this::isKnown).forEach(known::add);
    return known;
  }

  /** The number of the row that gets what is counted in this commit. */
  long nextRow() {
    return nextRow;
  }

  /**
   * Counts a path for its author, from now on and once.
   *
   * @param lost what the path showed
   * @param isOwn true if the author made that, too: it is then what was shown before which is lost,
   *     if that was within the last day
   */
  void count(Loss loss, LostVersion lost, boolean isOwn) {
    Loss earlier = of(loss.author).get(loss.path);
    if (isOwn && earlier != null && earlier.row >= firstRecent) {
      Loss further =
          new Loss(
              loss.author,
              loss.path,
              earlier.hash,
              loss.isRemoval,
              earlier.isNew,
              loss.hour,
              earlier.row);
      add(further);
      unwritten.add(new LossChange(further, true, null));
    } else {
      add(loss);
      unwritten.add(new LossChange(loss, true, lost));
    }
  }

  /** The later of two losses of a path; whether its author had added it is the earlier one's. */
  static Loss last(Loss earlier, Loss later) {
    return new Loss(
        later.author,
        later.path,
        later.hash,
        later.isRemoval,
        earlier.isNew,
        later.hour,
        later.row);
  }

  /** Takes losses back that were none, or that the user has decided on. */
  void uncount(Collection<Loss> losses) {
    for (Loss loss : List.copyOf(losses)) {
      noteUncounted(loss);
      unwritten.add(new LossChange(loss, false, null));
    }
  }

  /** The losses that refer to row {@code row}, each with what it showed before. */
  Map<Loss, LostVersion> lost(ArenaReader reader, long row) throws StorageFailed {
    return lost(reader, row, byAuthor);
  }

  /**
   * Those of {@code counted} that refer to row {@code row}, each with what it showed before; none
   * if the row is gone. For a reader outside of writes, too.
   */
  static Map<Loss, LostVersion> lost(
      ArenaReader reader, long row, Map<StoreId, Map<RelativePath, Loss>> counted)
      throws StorageFailed {
    Map<Loss, LostVersion> lost = new LinkedHashMap<>();
    for (LossChange change : reader.row(CHANGES.at(row)).orElse(List.of())) {
      Loss loss = counted.getOrDefault(change.loss.author, Map.of()).get(change.loss.path);
      if (change.lost != null && loss != null && loss.row == row) {
        lost.put(loss, change.lost);
      }
    }
    return lost;
  }

  /**
   * Commits what was counted with {@code writer}, and removes rows that nothing refers to.
   *
   * @param isTimed true if the observed time is to be committed in any case
   */
  void write(ArenaWriter writer, boolean isTimed) throws StorageFailed {
    if (unwritten.isEmpty() && oldest <= writtenUntil && !isTimed) {
      return;
    }
    writtenUntil = oldest;
    if (!unwritten.isEmpty()) {
      List<LossChange> changes = List.copyOf(unwritten);
      writer.putRow(CHANGES.at(nextRow), changes);
      log.add(row(nextRow, changes));
      nextRow++;
      unwritten.clear();
    }
    while (!log.isEmpty() && log.getFirst().hour < oldest - HOURS) {
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
    byHash.merge(loss.hash, Set.of(loss), Losses::union);
  }

  /** Most contents are lost once, so one loss needs no table. */
  private static Set<Loss> union(Set<Loss> several, Set<Loss> one) {
    Set<Loss> all = several.size() > 1 ? several : new LinkedHashSet<>(several);
    all.addAll(one);
    return all;
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
    byHash.computeIfPresent(
        loss.hash,
        (_, equal) -> {
          if (equal.size() > 1) {
            equal.remove(loss);
            return equal;
          }
          return equal.contains(loss) ? null : equal;
        });
  }

  private static void encode(RowEncoder out, LossChange change) {
    Loss loss = change.loss;
    out.putByte((change.isCounted ? 1 : 0) + (loss.isRemoval ? 2 : 0) + (loss.isNew ? 4 : 0));
    out.putStore(loss.author).putPath(loss.path).putHash(loss.hash);
    out.putNumber(loss.hour).putNumber(loss.row);
    out.putOptional(
        change.lost, (row, lost) -> row.putVersion(lost.version).putMetadata(lost.metadata));
  }

  private static LossChange decode(RowDecoder in) {
    int flags = in.getByte();
    StoreId author = in.getStore();
    RelativePath path = in.getPath();
    ContentHash hash = in.getHash();
    long hour = in.getNumber();
    boolean isRemoval = (flags & 2) != 0;
    boolean isNew = (flags & 4) != 0;
    Loss loss = new Loss(author, path, hash, isRemoval, isNew, hour, in.getNumber());
    LostVersion lost = in.getOptional(row -> new LostVersion(row.getVersion(), row.getMetadata()));
    return new LossChange(loss, (flags & 1) != 0, lost);
  }
}
