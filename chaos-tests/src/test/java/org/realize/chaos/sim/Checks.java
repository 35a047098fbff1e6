package org.realize.chaos.sim;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.realize.chaos.sim.Violation.Rule;

/**
 * The checks that an oracle made, per rule, and those that failed and had an excuse: of one
 * household, or of all of a sweep.
 */
final class Checks {

  /**
   * The fewest households of which a share says anything: what is excused comes by the household,
   * ten files at once where a disk is lost.
   */
  static final int FEWEST_HOUSEHOLDS = 400;

  private final Map<Rule, Long> made = new EnumMap<>(Rule.class);
  private final Map<Excuse, Long> excused = new EnumMap<>(Excuse.class);
  private int households;

  void make(Rule rule) {
    made.merge(rule, 1L, Long::sum);
  }

  /** Counts one of the made checks as failed and excused. */
  void excuse(Excuse excuse) {
    excused.merge(excuse, 1L, Long::sum);
  }

  /** Adds those of a household. */
  void add(Checks other) {
    households++;
    other.made.forEach((rule, count) -> made.merge(rule, count, Long::sum));
    other.excused.forEach((excuse, count) -> excused.merge(excuse, count, Long::sum));
  }

  long made(Rule rule) {
    return made.getOrDefault(rule, 0L);
  }

  /**
   * The excuses that took a larger share of their rule's checks than they may; none where there are
   * too few households to tell.
   */
  List<String> overdrawn() {
    return Stream.of(Excuse.values())
        .filter(_ -> households >= FEWEST_HOUSEHOLDS)
        .filter(excuse -> perMille(excuse) > excuse.mostPerMille())
        .map(excuse ->
            "%s excuses %.1f ‰ of the checks of %s, and may %d ‰"
                .formatted(excuse, perMille(excuse), excuse.rule(), excuse.mostPerMille()))
        .toList();
  }

  private double perMille(Excuse excuse) {
    return excused.getOrDefault(excuse, 0L) * 1_000.0 / Math.max(1, made(excuse.rule()));
  }

  /** A line for each rule, and below it for each of its excuses. */
  @Override
  public String toString() {
    return Stream.of(Rule.values())
        .map(rule ->
            "%-24s %,12d checks%n".formatted(rule, made(rule))
                + Stream.of(Excuse.values())
                    .filter(excuse -> excuse.rule() == rule)
                    .map(this::line)
                    .collect(Collectors.joining()))
        .collect(Collectors.joining());
  }

  private String line(Excuse excuse) {
    return "  %-24s %,10d excused, %5.1f of at most %4d ‰%n"
        .formatted(
            excuse, excused.getOrDefault(excuse, 0L), perMille(excuse), excuse.mostPerMille());
  }
}
