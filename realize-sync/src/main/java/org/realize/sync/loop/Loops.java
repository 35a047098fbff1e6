package org.realize.sync.loop;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.realize.sync.port.TimeSource;

/** A register of the background loops that run, for {@code status}. Thread-safe. */
public final class Loops {

  private final TimeSource time;
  private final Set<Loop> running = ConcurrentHashMap.newKeySet();

  public Loops(TimeSource time) {
    this.time = time;
  }

  /**
   * A loop that does not do what it is for.
   *
   * @param cause of its last failure, or for how long it has stood still
   * @param sinceMillis the time of its first failure in a row, or of the step that has not ended
   */
  public record LoopFault(String name, String cause, long sinceMillis) {}

  /**
   * A loop that is listed from the beginning of {@link Loop#run} to its end.
   *
   * @param name as the user reads it
   * @param patience the time after which a step that has not ended is listed
   */
  public Loop of(String name, Duration patience) {
    return new Loop(name, patience, time, running);
  }

  /** The loops that have failed and not succeeded since, or stand still; by name. */
  public List<LoopFault> faults() {
    return running.stream()
        .map(Loop::fault)
        .flatMap(Optional::stream)
        .sorted(Comparator.comparing(LoopFault::name))
        .toList();
  }
}
