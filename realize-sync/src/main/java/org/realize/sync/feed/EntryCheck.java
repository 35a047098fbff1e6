package org.realize.sync.feed;

import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.Report;

/** The check of an entry that could be decoded but cannot be true. */
final class EntryCheck {

  /** Concurrent versions of one path; more than a household could make in good faith. */
  static final int MAX_VERSIONS = 256;

  /** Stores in one vector. */
  static final int MAX_STORES = 4_096;

  /** Counters are Unix milliseconds or little above; this leaves room for every clock error. */
  static final long MAX_COUNTER = 1L << 60;

  private EntryCheck() {}

  /** The fault in one line; empty when there is none. */
  static Optional<String> fault(FeedEntry entry) {
    Report report = entry.report();
    if (entry.path().isRoot()) {
      return Optional.of("an entry for the arena's root");
    }
    if (report.seq() < 1) {
      return Optional.of("sequence " + report.seq() + " below 1");
    }
    if (report.versions().size() > MAX_VERSIONS) {
      return Optional.of(report.versions().size() + " versions");
    }
    Metadata metadata = report.metadata();
    if (outside(metadata.modeStamp().counter()) || outside(metadata.mtimeStamp().counter())) {
      return Optional.of("a stamp out of bounds");
    }
    for (Report.Reported reported : report.versions()) {
      Map<StoreId, Long> counters = reported.version().vector().counters();
      if (counters.isEmpty() || counters.size() > MAX_STORES) {
        return Optional.of("a vector with " + counters.size() + " stores");
      }
      if (counters.values().stream().anyMatch(EntryCheck::outside)) {
        return Optional.of("a counter out of bounds");
      }
    }
    return Optional.empty();
  }

  private static boolean outside(long counter) {
    return counter < 1 || counter > MAX_COUNTER;
  }
}
