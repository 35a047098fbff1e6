package org.realize.sync.feed;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;

/**
 * The numbers of files that each author added to one arena within the last 24 hours of observed
 * time, under names where no file was: by hour, at most; a search for what of it is shown lowers
 * them ({@link #lower}). One small row, written when a number has changed. Used only inside the
 * arena's writes.
 */
final class Additions {

  /** Authors of one hour that are told apart; further ones count as if they had added nothing. */
  private static final int MAX_AUTHORS = 64;

  private static final Rows<List<AddedHour>> ADDED =
      Rows.ofLists("feed.added", 1, Additions::encode, Additions::decode);

  /**
   * An hour in which something was taken in.
   *
   * @param hour of observed time
   * @param startMillis the wall clock as it began, in milliseconds since 1970
   */
  private record AddedHour(long hour, long startMillis, Map<StoreId, Long> byAuthor) {}

  private final Deque<AddedHour> hours = new ArrayDeque<>();
  private boolean changed;

  /** Forgets what is in memory and reads the store. */
  void load(ArenaReader reader) throws StorageFailed {
    hours.clear();
    reader.row(ADDED).orElse(List.of()).forEach(hours::add);
    changed = false;
  }

  /** The present hour begins, if it has not yet; those before {@code oldest} are forgotten. */
  void enter(long hour, long nowMillis, long oldest) {
    while (!hours.isEmpty() && (hours.getFirst().hour < oldest || hours.getLast().hour > hour)) {
      AddedHour over = hours.getLast().hour > hour ? hours.removeLast() : hours.removeFirst();
      changed |= !over.byAuthor.isEmpty();
    }
    if (hours.isEmpty() || hours.getLast().hour < hour) {
      hours.add(new AddedHour(hour, nowMillis, new TreeMap<>()));
      changed = true;
    }
  }

  /**
   * The time since which a file was made if it was added within the last 24 hours of observed time,
   * in milliseconds since 1970.
   */
  long sinceMillis(long nowMillis) {
    long aDayAgo = nowMillis - Losses.HOURS * Losses.MILLIS_PER_HOUR;
    return hours.isEmpty() ? aDayAgo : Math.min(aDayAgo, hours.getFirst().startMillis);
  }

  /** Counts one file more. */
  void count(StoreId author) {
    Map<StoreId, Long> present = hours.getLast().byAuthor;
    if (present.containsKey(author) || present.size() < MAX_AUTHORS) {
      present.merge(author, 1L, Long::sum);
      changed = true;
    }
  }

  /** The number of files that {@code author} added. */
  long of(StoreId author) {
    return hours.stream().mapToLong(hour -> hour.byAuthor.getOrDefault(author, 0L)).sum();
  }

  /** Notes that what {@code author} added is no more than {@code most} files. */
  void lower(StoreId author, long most) {
    long over = of(author) - most;
    for (Iterator<AddedHour> all = hours.iterator(); over > 0 && all.hasNext(); ) {
      Map<StoreId, Long> of = all.next().byAuthor;
      long here = of.getOrDefault(author, 0L);
      long less = Math.min(over, here);
      if (less == here) {
        of.remove(author);
      } else {
        of.put(author, here - less);
      }
      over -= less;
      changed = true;
    }
  }

  /** True if {@link #write} has something to write. */
  boolean isChanged() {
    return changed;
  }

  /** Commits the numbers with {@code writer}. */
  void write(ArenaWriter writer) throws StorageFailed {
    writer.putRow(ADDED, List.copyOf(hours));
    changed = false;
  }

  private static void encode(RowEncoder out, AddedHour hour) {
    out.putNumber(hour.hour).putNumber(hour.startMillis).putNumber(hour.byAuthor.size());
    hour.byAuthor.forEach((author, count) -> out.putStore(author).putNumber(count));
  }

  private static AddedHour decode(RowDecoder in) {
    long hour = in.getNumber();
    long start = in.getNumber();
    Map<StoreId, Long> byAuthor = new TreeMap<>();
    for (long left = in.getNumber(); left > 0; left--) {
      byAuthor.put(in.getStore(), in.getNumber());
    }
    return new AddedHour(hour, start, byAuthor);
  }
}
