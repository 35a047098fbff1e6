package org.realize.sync.rules.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobUse.Area;

class CachePolicyTest {

  private static final int UNIT = Frequency.UNIT_BYTES;

  /** 100 units, so that the working area begins with 20. */
  private final CachePolicy policy = new CachePolicy(100L * UNIT);

  private static ContentHash blob(int number) {
    return new ContentHash(number, 0, 0, 0);
  }

  private void read(int number) {
    policy.use(blob(number), UNIT);
    if (policy.find(blob(number)).isEmpty()) {
      policy.insert(blob(number), UNIT);
      policy.victims(0).forEach(victim -> policy.remove(victim.hash()));
    }
  }

  private void readAll(int from, int to) {
    IntStream.range(from, to).forEach(this::read);
  }

  private Area area(int number) {
    return policy.find(blob(number)).orElseThrow().area();
  }

  @Test
  void insert_moreThanTheWorkingArea_coldestBecomeProtectedWhileThereIsRoom() {
    readAll(0, 30);

    assertThat(area(9)).isEqualTo(Area.PROTECTED);
    assertThat(area(10)).isEqualTo(Area.WORKING);
  }

  @Test
  void gate_readOnce_displacesNobody() {
    readAll(0, 100);
    readAll(100, 200);

    assertThat(policy.find(blob(0))).isPresent();
    assertThat(policy.find(blob(100))).isEmpty();
  }

  @Test
  void gate_readTwice_displacesWhatWasReadOnceAndNotViceVersa() {
    readAll(0, 100);
    read(200);
    read(200);
    readAll(300, 340);

    assertThat(area(200)).isEqualTo(Area.PROTECTED);
    assertThat(policy.find(blob(0))).isEmpty();
    assertThat(policy.find(blob(300))).isEmpty();
  }

  @Test
  void gate_oneReadingAheadOfVictimsReadTwice_displacesNobody() {
    readAll(0, 80);
    readAll(0, 80);
    read(200);
    read(200);
    read(200);
    readAll(300, 340);

    assertThat(policy.find(blob(200))).isEmpty();
    assertThat(policy.find(blob(0))).isPresent();
  }

  @Test
  void gate_preferred_isProtectedHoweverRarelyItIsUsed() {
    readAll(0, 80);
    readAll(0, 80);
    read(200);
    policy.prefer(blob(200), true);
    readAll(300, 340);

    assertThat(area(200)).isEqualTo(Area.PROTECTED);
  }

  @Test
  void remove_readBefore_countIsRemembered() {
    read(1);
    read(1);
    policy.remove(blob(1));
    read(1);

    assertThat(policy.find(blob(1)).orElseThrow().uses().units()).isEqualTo(3);
  }

  @Test
  void remove_manyMore_areForgotten() {
    read(1);
    policy.remove(blob(1));
    for (int other = 0; other < CachePolicy.LEAST_REMEMBERED; other++) {
      read(1000 + other);
      policy.remove(blob(1000 + other));
    }
    read(1);

    assertThat(policy.find(blob(1)).orElseThrow().uses().units()).isEqualTo(1);
  }

  @Test
  void use_windowPassed_countsAreHalved() {
    policy.insert(blob(1), UNIT);
    policy.use(blob(1), 100L * UNIT);
    policy.use(blob(2), (Frequency.window(100L * UNIT) - 101) * UNIT);
    assertThat(policy.find(blob(1)).orElseThrow().uses()).isEqualTo(new UseCount(100, 0));

    policy.use(blob(2), 1);

    assertThat(policy.find(blob(1)).orElseThrow().uses()).isEqualTo(new UseCount(50, 1));
  }

  @Test
  void use_pending_isWorkingAgain() {
    read(1);
    policy.retire(blob(1));
    assertThat(area(1)).isEqualTo(Area.PENDING);

    read(1);

    assertThat(area(1)).isEqualTo(Area.WORKING);
  }

  @Test
  void victims_allAreas_pendingThenWorkingThenProtectedColdestFirst() {
    readAll(0, 22);
    policy.retire(blob(10));
    policy.retire(blob(5));
    List<ContentHash> order = policy.victims(100L * UNIT).stream().map(CachedBlob::hash).toList();

    assertThat(order.subList(0, 3)).containsExactly(blob(10), blob(5), blob(2));
    assertThat(order.subList(20, 22)).containsExactly(blob(0), blob(1));
  }

  @Test
  void victims_enoughRoom_none() {
    readAll(0, 22);

    assertThat(policy.victims(78L * UNIT)).isEmpty();
    assertThat(policy.victims(78L * UNIT + 1)).hasSize(1);
  }

  @Test
  void victims_pinned_neverWhateverTheReason() {
    readAll(0, 3);
    policy.pin(blob(0), PinReason.KEPT);
    policy.pin(blob(1), PinReason.OPEN);
    policy.pin(blob(1), PinReason.ONLY_COPY);
    policy.unpin(blob(1), PinReason.OPEN);
    policy.setCapacity(0);

    assertThat(policy.victims(UNIT)).extracting(CachedBlob::hash).containsExactly(blob(2));
    assertThat(policy.fits(0)).isFalse();

    policy.unpin(blob(1), PinReason.ONLY_COPY);

    assertThat(policy.victims(UNIT)).hasSize(2);
  }

  @Test
  void setCapacity_smaller_coldestGo() {
    readAll(0, 100);
    policy.setCapacity(50L * UNIT);
    policy.victims(0).forEach(victim -> policy.remove(victim.hash()));

    assertThat(policy.usedBytes()).isEqualTo(50L * UNIT);
    assertThat(policy.find(blob(0))).isEmpty();
    assertThat(policy.find(blob(99))).isPresent();
  }

  @Test
  void insert_largerThanTheWorkingArea_leavesTheOthersThere() {
    read(1);
    policy.insert(blob(2), 30L * UNIT);

    assertThat(area(1)).isEqualTo(Area.WORKING);
    assertThat(area(2)).isEqualTo(Area.PROTECTED);
  }

  @Test
  void workingBytes_hotSetMoves_growsUntilItHitsLikeLru() {
    for (int set = 0; set < 20; set++) {
      for (int round = 0; round < 5; round++) {
        readAll(60 * set, 60 * set + 60);
      }
    }

    assertThat(policy.workingBytes()).isGreaterThan(50L * UNIT);
  }

  @Test
  void workingBytes_hotSetStaysWhileOthersPass_shrinksAgain() {
    for (int set = 0; set < 20; set++) {
      for (int round = 0; round < 5; round++) {
        readAll(99 * set, 99 * set + 99);
      }
    }
    assertThat(policy.workingBytes()).isGreaterThan(90L * UNIT);
    int hits = 0;
    for (int number = 0; number < 60 * 40; number++) {
      hits += policy.find(blob(5_000 + number % 60)).isPresent() ? 1 : 0;
      read(5_000 + number % 60);
      read(10_000 + number);
    }

    assertThat(policy.workingBytes()).isLessThan(20L * UNIT);
    assertThat(hits).as("of 2,400, and LRU none").isGreaterThan(2_000);
  }

  /** Else a loop that takes longer than a generation would push out what is about to be read. */
  @Test
  void gate_readOnceInEachOfTwoGenerations_displacesNobody() {
    policy.use(blob(200), 8L * UNIT);
    policy.use(blob(900), Frequency.window(policy.capacityBytes()) * UNIT);
    readAll(0, 100);
    policy.use(blob(200), 8L * UNIT);
    policy.insert(blob(200), 8L * UNIT);
    assertThat(policy.find(blob(200)).orElseThrow().uses().units()).isEqualTo(12);
    readAll(300, 340);

    assertThat(policy.find(blob(200))).isEmpty();
    assertThat(policy.find(blob(0))).isPresent();
  }

  @Test
  void workingBytes_loop_shrinks() {
    for (int round = 0; round < 5; round++) {
      readAll(0, 150);
    }

    assertThat(policy.workingBytes()).isEqualTo(UNIT);
  }

  @Test
  void restore_allThatIsSaved_goesOnAsBefore() {
    readAll(0, 70);
    readAll(10, 150);
    readAll(0, 30);
    CachePolicy restored = new CachePolicy(policy.capacityBytes(), policy.epoch());
    for (Area area : Area.values()) {
      policy.forEach(area, restored::restore);
    }

    assertThat(restored.epoch()).isEqualTo(policy.epoch());
    assertThat(restored.workingBytes()).isEqualTo(policy.workingBytes());
    for (Area area : Area.values()) {
      assertThat(all(restored, area)).isEqualTo(all(policy, area));
    }
  }

  private static List<CachedBlob> all(CachePolicy policy, Area area) {
    List<CachedBlob> blobs = new ArrayList<>();
    policy.forEach(area, blobs::add);
    return blobs;
  }

  @Test
  void insert_stored_isABug() {
    read(1);

    assertThatThrownBy(() -> policy.insert(blob(1), UNIT))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> policy.retire(blob(2))).isInstanceOf(IllegalStateException.class);
  }

  /** Who writes down where blobs are has to be told of those that no call was about. */
  @Test
  void moved_blobsThatLeaveTheirArea_areTold() {
    Set<ContentHash> told = new HashSet<>();
    CachePolicy watched = new CachePolicy(100L * UNIT, Epoch.FIRST, told::add);
    Map<ContentHash, Area> before = new HashMap<>();
    for (int n = 0; n < 300; n++) {
      told.clear();
      ContentHash hash = new ContentHash(n, 0, 0, 0);
      for (CachedBlob victim : watched.victims(UNIT)) {
        watched.remove(victim.hash());
        before.remove(victim.hash());
      }
      watched.insert(hash, UNIT);
      if (n % 3 == 0) {
        watched.use(hash, 3L * UNIT);
      }
      for (Area area : Area.values()) {
        watched.forEach(
            area,
            blob -> {
              if (area != before.put(blob.hash(), area) && !blob.hash().equals(hash)) {
                assertThat(told).contains(blob.hash());
              }
            });
      }
    }
  }
}
