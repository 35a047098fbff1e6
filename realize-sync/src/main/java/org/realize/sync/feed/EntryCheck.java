package org.realize.sync.feed;

import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FeedEntry;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.EntrySize;
import org.realize.sync.rules.Judgement;

/**
 * The check of an entry that could be decoded but cannot be true, or of which this peer could not
 * pass on what becomes of it. What is let in here is what every later step costs: judging, joining,
 * announcing.
 */
final class EntryCheck {

  /** Stores that one path may name and that are no member's, nor were. */
  static final int MAX_STRANGERS = 64;

  /** A counter or stamp is a time in milliseconds, this much ahead at most. */
  static final Duration MAX_AHEAD = Duration.ofDays(365);

  /** The clock of a machine without one begins in 1970; this source is from later. */
  static final long SOURCE_MILLIS = Instant.parse("2026-11-28T00:00:00Z").toEpochMilli();

  private final Supplier<Set<StoreId>> members;

  /**
   * The check by a household.
   *
   * @param members each id under which a member of the household signs, or did
   */
  EntryCheck(Supplier<Set<StoreId>> members) {
    this.members = members;
  }

  /** The fault in one line; empty when there is none. */
  Optional<String> fault(FeedEntry entry, long nowMillis) {
    Report report = entry.report();
    if (entry.path().isRoot()) {
      return Optional.of("an entry for the arena's root");
    }
    if (report.seq() < 1) {
      return Optional.of("sequence " + report.seq() + " below 1");
    }
    if (report.versions().size() > AnnounceRules.MAX_VERSIONS) {
      return Optional.of(report.versions().size() + " versions");
    }
    int bytes = EntrySize.bytes(entry.path(), report);
    if (bytes > EntrySize.MAX_RECEIVED_BYTES) {
      return Optional.of("an entry of " + bytes + " bytes");
    }
    for (Report.Reported reported : report.versions()) {
      if (reported.version().vector().equals(VersionVector.EMPTY)) {
        return Optional.of("a version of no store");
      }
    }
    Set<StoreId> strangers = new HashSet<>();
    report.versions().forEach(said -> strangers.addAll(said.version().vector().stores()));
    return clock(report, nowMillis).or(() -> crowd(strangers));
  }

  /** The latest counter or stamp that is believed by a clock. */
  static long latestMillis(long nowMillis) {
    return Math.max(nowMillis, SOURCE_MILLIS) + MAX_AHEAD.toMillis();
  }

  /** The time of a counter or stamp that is not believed; empty when there is none. */
  static OptionalLong incredible(Report report, long nowMillis) {
    long latest = latestMillis(nowMillis);
    Metadata metadata = report.metadata();
    LongStream stamps =
        LongStream.of(metadata.modeStamp().counter(), metadata.mtimeStamp().counter());
    LongStream counters =
        report.versions().stream()
            .flatMap(said -> said.version().vector().counters().values().stream())
            .mapToLong(Long::longValue);
    return LongStream.concat(stamps, counters)
        .filter(counter -> counter < 1 || counter > latest)
        .findFirst();
  }

  private static Optional<String> clock(Report report, long nowMillis) {
    OptionalLong wrong = incredible(report, nowMillis);
    return wrong.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "a change of %s, so a clock is wrong there or here"
                .formatted(Instant.ofEpochMilli(wrong.getAsLong())));
  }

  /**
   * The reason that {@code after} cannot become the state of its path, with the reports of all
   * peers: it would name more strangers than others take; empty when there is none.
   */
  Optional<String> fault(PathState after) {
    Set<StoreId> named = new HashSet<>();
    Judgement.known(after).forEach(version -> named.addAll(version.vector().stores()));
    return crowd(named);
  }

  private Optional<String> crowd(Set<StoreId> named) {
    if (named.size() <= MAX_STRANGERS) {
      return Optional.empty();
    }
    Set<StoreId> all = members.get();
    long strangers = named.stream().filter(store -> !all.contains(store)).count();
    return strangers > MAX_STRANGERS
        ? Optional.of(strangers + " stores that are no member's")
        : Optional.empty();
  }
}
