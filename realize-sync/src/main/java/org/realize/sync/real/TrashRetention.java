package org.realize.sync.real;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.DiskUsage;

/**
 * The rule by which files leave the trash. In this order: what is older than 30 days; of each path,
 * all but one version an hour after the first hour, and one a day after the first day; and, for
 * room, first what others keep under pins, then versions that a later one of their path replaced,
 * then the oldest. So no file that is saved often costs another one its last version. Room is made
 * down to 10 % of the file system from what is older than 7 days, for which newest versions do not
 * pay for younger replaced ones, and until {@code min_free} is free from everything. Where files
 * count as cache, what others keep under pins was given up for room, and leaves as soon as it was
 * quiet. Ages are observed time.
 */
final class TrashRetention {
  static final Duration KEPT = Duration.ofDays(30);
  static final Duration KEPT_WHEN_LARGE = Duration.ofDays(7);
  static final int MAX_PERCENT = 10;

  /** The rank of the newest version of a path. */
  private static final int LAST = 2;

  static final Duration PINNED_QUIET = Duration.ofMinutes(10);
  private static final Duration UNKNOWN_QUIET = Duration.ofHours(24);
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();

  /** A file in the trash. */
  record Item(long id, RelativePath file, TrashNote note, long bytes) {

    /** A late change is a new version: it is as old as that. */
    long ageMillis(long nowMillis) {
      return nowMillis - Math.max(id, note.quietSinceMillis());
    }
  }

  /** The room of the file system that the trash is on, and what the trash takes of it. */
  record TrashRoom(long totalBytes, long availableBytes, long trashBytes) {

    long minFreeBytes() {
      return DiskUsage.minFreeBytes(totalBytes);
    }
  }

  private final List<Item> items;
  private final boolean isCache;
  private final long nowMillis;
  private final Set<Item> deleted = new LinkedHashSet<>();
  private final Set<Item> replaced = new HashSet<>();

  private TrashRetention(List<Item> items, boolean isCache, long nowMillis) {
    this.isCache = isCache;
    this.items = new ArrayList<>(items);
    this.items.sort(Comparator.comparingLong(Item::id));
    this.nowMillis = nowMillis;
  }

  /**
   * The items to delete now.
   *
   * @param isCache the files of this root count as cache
   */
  static Set<Item> expired(List<Item> items, TrashRoom room, boolean isCache, long nowMillis) {
    TrashRetention rule = new TrashRetention(items, isCache, nowMillis);
    rule.byAge();
    rule.byPath();
    rule.byRoom(room);
    return rule.deleted;
  }

  private void delete(Item item) {
    if (mayGo(item)) {
      deleted.add(item);
    }
  }

  private boolean mayGo(Item item) {
    long quiet = nowMillis - item.note().quietSinceMillis();
    return !item.note().isUnknown() || quiet >= UNKNOWN_QUIET.toMillis();
  }

  private void byAge() {
    for (Item item : items) {
      if (item.ageMillis(nowMillis) > KEPT.toMillis() || (isCache && isKeptElsewhere(item))) {
        delete(item);
      }
    }
  }

  private void byPath() {
    Map<RelativePath, Item> later = new HashMap<>();
    for (Item item : items.reversed()) {
      Item next = later.put(item.note().path(), item);
      if (next != null) {
        replaced.add(item);
        long slot = slotMillis(item.ageMillis(nowMillis));
        if (slot > 0 && item.id() / slot == next.id() / slot) {
          delete(item);
        }
      }
    }
  }

  /** The time of which one version stays; 0 where all do. */
  private static long slotMillis(long ageMillis) {
    if (ageMillis <= HOUR) {
      return 0;
    }
    return ageMillis <= DAY ? HOUR : DAY;
  }

  private void byRoom(TrashRoom room) {
    long gone = deleted.stream().mapToLong(Item::bytes).sum();
    long tooMuch = room.trashBytes() - room.totalBytes() / 100 * MAX_PERCENT;
    long tooLittleFree = room.minFreeBytes() - room.availableBytes();
    List<Item> rest = new ArrayList<>(items);
    rest.removeAll(deleted);
    rest.sort(Comparator.comparingInt(this::rank).thenComparingLong(Item::id));
    long spared = 0;
    for (Item item : rest) {
      boolean isOld = item.ageMillis(nowMillis) > KEPT_WHEN_LARGE.toMillis();
      boolean isLast = rank(item) == LAST;
      if ((isOld && gone + (isLast ? spared : 0) < tooMuch) || gone < tooLittleFree) {
        delete(item);
      }
      if (deleted.contains(item)) {
        gone += item.bytes();
      } else if (!isLast) {
        spared += item.bytes();
      }
    }
  }

  /** True where a peer keeps the bytes, and no late change of them was seen. */
  private boolean isKeptElsewhere(Item item) {
    long quiet = nowMillis - item.note().quietSinceMillis();
    return item.note().isPinned() && quiet >= PINNED_QUIET.toMillis();
  }

  private int rank(Item item) {
    if (isKeptElsewhere(item)) {
      return 0;
    }
    return replaced.contains(item) ? 1 : LAST;
  }
}
