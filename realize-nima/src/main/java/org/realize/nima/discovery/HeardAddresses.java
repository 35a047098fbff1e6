package org.realize.nima.discovery;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.realize.nima.config.HostPort;

/**
 * The addresses of one peer that were heard, in the order in which to dial them: what the peer said
 * last, then what it said before and where it was reached within {@link #KEPT}, the latest first.
 * Immutable; at most {@value #MOST}.
 */
record HeardAddresses(List<HeardAddress> all) {

  static final HeardAddresses NONE = new HeardAddresses(List.of());

  /** The time for which an address outlives what the peer says, once it was reached there. */
  static final Duration KEPT = Duration.ofDays(30);

  static final int MOST = 16;

  /**
   * One address.
   *
   * @param reachedMillis when a connection to it proved the peer's key last, milliseconds since
   *     1970 UTC; 0 for never
   */
  record HeardAddress(HostPort address, long reachedMillis) {}

  HeardAddresses {
    all = List.copyOf(all);
  }

  List<HostPort> addresses() {
    return all.stream().map(HeardAddress::address).toList();
  }

  private Optional<HeardAddress> known(HostPort address) {
    return all.stream().filter(each -> each.address().equals(address)).findFirst();
  }

  /** These once the peer has said {@code said}, at {@code nowMillis}. */
  HeardAddresses said(List<HostPort> said, long nowMillis) {
    List<HeardAddress> next = new ArrayList<>();
    for (HostPort address : said.stream().distinct().limit(MOST).toList()) {
      next.add(known(address).orElse(new HeardAddress(address, 0)));
    }
    all.stream()
        .filter(each -> !said.contains(each.address()))
        .filter(each -> each.reachedMillis() > 0)
        .filter(each -> nowMillis - each.reachedMillis() <= KEPT.toMillis())
        .sorted(Comparator.comparingLong(HeardAddress::reachedMillis).reversed())
        .limit(MOST - next.size())
        .forEach(next::add);
    return new HeardAddresses(next);
  }

  /** These once the peer was reached at {@code address}; the same where that was not heard. */
  HeardAddresses reached(HostPort address, long nowMillis) {
    return new HeardAddresses(
        all.stream()
            .map(each ->
                each.address().equals(address) ? new HeardAddress(address, nowMillis) : each)
            .toList());
  }
}
