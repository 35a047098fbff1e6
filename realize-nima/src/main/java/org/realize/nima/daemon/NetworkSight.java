package org.realize.nima.daemon;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.realize.sync.port.TimeSource;

/**
 * The state of a machine's network at a moment. Immutable.
 *
 * @param addresses by which other machines are reached, with their interfaces
 * @param offsetMillis the wall clock minus the monotonic clock, which stands still while the
 *     machine sleeps
 */
record NetworkSight(Set<String> addresses, long offsetMillis) {

  /** How far the clocks move against each other where the machine slept, or its clock was set. */
  static final Duration JUMP = Duration.ofSeconds(3);

  NetworkSight {
    addresses = Set.copyOf(addresses);
  }

  /** The state now, with these addresses. */
  static NetworkSight of(Set<String> addresses, TimeSource time) {
    long monotonicMillis = Duration.ofNanos(time.monotonicNanos()).toMillis();
    return new NetworkSight(addresses, time.unixMillis() - monotonicMillis);
  }

  /** The state now, where no address has changed. */
  NetworkSight at(TimeSource time) {
    return of(addresses, time);
  }

  /** What makes connections doubtful that were good at {@code before}; empty if nothing does. */
  Optional<String> difference(NetworkSight before) {
    if (!addresses.equals(before.addresses)) {
      return Optional.of("the addresses of this machine changed");
    }
    return Math.abs(offsetMillis - before.offsetMillis) >= JUMP.toMillis()
        ? Optional.of("the machine slept, or its clock was set")
        : Optional.empty();
  }
}
