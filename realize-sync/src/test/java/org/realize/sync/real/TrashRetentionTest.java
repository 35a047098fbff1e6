package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.TrashRetention.Item;
import org.realize.sync.real.TrashRetention.TrashRoom;

class TrashRetentionTest {
  private static final long HOUR = Duration.ofHours(1).toMillis();
  private static final long DAY = Duration.ofDays(1).toMillis();
  private static final long NOW = 100 * DAY;
  private static final TrashRoom LARGE = new TrashRoom(1L << 40, 1L << 39, 0);

  private static Item item(String path, long ageMillis, long bytes) {
    return item(path, ageMillis, bytes, false, false, ageMillis);
  }

  private static Item item(
      String path,
      long ageMillis,
      long bytes,
      boolean isUnknown,
      boolean isPinned,
      long quietMillis) {
    RelativePath name = RelativePath.of(path);
    TrashNote note =
        new TrashNote(
            name, bytes, FileTime.EPOCH, ageMillis, isUnknown, isPinned, NOW - quietMillis);
    return new Item(NOW - ageMillis, name, note, bytes);
  }

  private static Set<Item> expired(TrashRoom room, Item... items) {
    return TrashRetention.expired(List.of(items), room, false, NOW);
  }

  @Test
  void expired_olderThan30Days_isDeleted_exactly30DaysIsNot() {
    Item kept = item("a", 30 * DAY, 1);
    Item old = item("b", 30 * DAY + 1, 1);
    assertThat(expired(LARGE, kept, old)).containsExactly(old);
  }

  @Test
  void expired_unknownOpenState_staysUntilQuietForADay() {
    Item busy = item("a", 40 * DAY, 1, true, false, 24 * HOUR - 1);
    Item quiet = item("b", 40 * DAY, 1, true, false, 40 * DAY);
    assertThat(expired(LARGE, busy, quiet)).containsExactly(quiet);
  }

  @Test
  void expired_lateChange_isAsOldAsTheChange() {
    Item changed = item("a", 40 * DAY, 1, false, false, 5 * DAY);
    assertThat(expired(LARGE, changed)).isEmpty();
  }

  @Test
  void expired_hotFile_keepsAllOfAnHour_onePerHourOfADay_onePerDay_andItsNewest() {
    List<Item> items = new ArrayList<>();
    long step = Duration.ofMinutes(1).toMillis();
    for (long age = step; age < 20 * DAY; age += 10 * step) {
      items.add(item("hot", age, 1));
    }
    Item other = item("other", 19 * DAY, 1);
    items.add(other);
    List<Item> left = new ArrayList<>(items);
    left.removeAll(TrashRetention.expired(items, LARGE, false, NOW));
    assertThat(left).contains(other, items.getFirst());
    assertThat(left.stream().filter(each -> NOW - each.id() <= HOUR).count()).isEqualTo(6);
    long ofDay =
        left.stream().filter(each -> NOW - each.id() > HOUR && NOW - each.id() <= DAY).count();
    assertThat(ofDay).isBetween(22L, 24L);
    assertThat(left.stream().filter(each -> NOW - each.id() > DAY).count()).isBetween(19L, 21L);
  }

  @Test
  void expired_moreThanATenth_takesOnlyWhatIsOlderThan7Days_oldestFirst() {
    TrashRoom full = new TrashRoom(1000L << 30, 500L << 30, 105L << 30);
    Item oldest = item("a", 20 * DAY, 3L << 30);
    Item old = item("b", 10 * DAY, 3L << 30);
    Item young = item("c", 6 * DAY, 99L << 30);
    assertThat(expired(full, young, old, oldest)).containsExactly(oldest, old);
    TrashRoom little = new TrashRoom(1000L << 30, 500L << 30, 102L << 30);
    assertThat(expired(little, young, old, oldest)).containsExactly(oldest);
  }

  @Test
  void expired_moreThanATenth_hotFileGivesWay_notTheLastVersionOfAnotherOne() {
    TrashRoom full = new TrashRoom(1000L << 30, 500L << 30, 101L << 30);
    Item only = item("rare", 20 * DAY, 1L << 30);
    Item hotOld = item("hot", 9 * DAY, 1L << 30);
    Item hotNew = item("hot", 8 * DAY, 1L << 30);
    assertThat(expired(full, only, hotOld, hotNew)).containsExactly(hotOld);
  }

  @Test
  void expired_minFreeReached_takesPinnedFirst_thenTheOldest_howeverYoung() {
    TrashRoom short2 = new TrashRoom(1000L << 30, -(1L << 30), 10L << 30);
    Item old = item("a", 2 * DAY, 1L << 30);
    Item pinned = item("b", HOUR, 1L << 30, false, true, HOUR);
    Item busyPinned = item("c", 5 * 60_000, 1L << 30, false, true, 5 * 60_000);
    assertThat(expired(short2, old, busyPinned, pinned)).containsExactly(pinned, old);
    TrashRoom short1 = new TrashRoom(1000L << 30, (1L << 30) - 1, 10L << 30);
    assertThat(expired(short1, old, pinned)).containsExactly(pinned);
    TrashRoom enough = new TrashRoom(1000L << 30, 1L << 30, 10L << 30);
    assertThat(expired(enough, old, pinned)).isEmpty();
  }

  @Test
  void expired_filesCountAsCache_pinnedGoOnceQuiet_whateverRoomThereIs() {
    long quiet = Duration.ofMinutes(10).toMillis();
    Item pinned = item("a", quiet, 1, false, true, quiet);
    Item busy = item("b", quiet, 1, false, true, quiet - 1);
    Item unknown = item("c", HOUR, 1, true, true, HOUR);
    Item removed = item("d", HOUR, 1);
    List<Item> all = List.of(pinned, busy, unknown, removed);
    assertThat(TrashRetention.expired(all, LARGE, true, NOW)).containsExactly(pinned);
    assertThat(TrashRetention.expired(all, LARGE, false, NOW)).isEmpty();
  }
}
