package org.realize.sync.testing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.testing.MemoryItem.Directory;

/**
 * Changes of names that are not durable yet. Guarded by the disk's monitor.
 *
 * <p>The model is that of a journalling file system, with no more order than it must keep. Each
 * operation is one step, kept whole or lost whole, so that a rename never loses the file. Steps of
 * unrelated names are kept or lost independently of each other. A step depends on earlier ones of
 * the same name; one that moves depends on those that made the directories above its target; one
 * that removes a directory depends on those that emptied it. What depends on a lost step is lost,
 * and forcing a step forces what it depends on.
 */
final class NameJournal {

  /** A name in a directory; directories are compared by identity. */
  record Slot(Directory directory, String name) {}

  /**
   * One operation.
   *
   * @param changes what each slot holds after it, null for nothing
   * @param reads slots that must not be lost if this is kept
   * @param removed the directory that it removes
   */
  record Step(
      Map<Slot, @Nullable MemoryItem> changes, Set<Slot> reads, @Nullable Directory removed) {

    boolean touches(Directory directory) {
      return changes.keySet().stream().anyMatch(slot -> slot.directory() == directory);
    }

    boolean dependsOnAny(Set<Slot> slots) {
      return slots.stream()
          .anyMatch(slot ->
              changes.containsKey(slot)
                  || reads.contains(slot)
                  || (removed != null && slot.directory() == removed));
    }

    void apply() {
      changes.forEach((slot, item) -> {
        if (item == null) {
          slot.directory().durableNames.remove(slot.name());
        } else {
          slot.directory().durableNames.put(slot.name(), item);
        }
      });
    }
  }

  private final List<Step> pending = new ArrayList<>();

  void add(Step step) {
    pending.add(step);
  }

  /** Makes the steps in {@code directory} durable, and those that they depend on. */
  void force(Directory directory) {
    Deque<Step> forced = new ArrayDeque<>();
    for (int i = pending.size() - 1; i >= 0; i--) {
      Step step = pending.get(i);
      boolean needed =
          forced.stream().anyMatch(later -> later.dependsOnAny(step.changes().keySet()));
      if (needed || step.touches(directory)) {
        forced.addFirst(step);
        pending.remove(i);
      }
    }
    forced.forEach(Step::apply);
  }

  /** Keeps or loses each step, in an order that dependencies allow. */
  void powerCut(RandomGenerator random) {
    Set<Slot> lost = new HashSet<>();
    for (Step step : pending) {
      if (random.nextBoolean() || step.dependsOnAny(lost)) {
        lost.addAll(step.changes().keySet());
      } else {
        step.apply();
      }
    }
    pending.clear();
  }
}
