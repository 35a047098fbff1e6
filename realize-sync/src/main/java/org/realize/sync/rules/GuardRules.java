package org.realize.sync.rules;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.model.Content;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;

/**
 * The guard against mass removal: how many files of an arena one author may take out of sight in a
 * day, and who the author of a change is.
 */
public final class GuardRules {

  /** Files that an author may always remove or replace in a day. */
  public static final int ALWAYS_ALLOWED = 100;

  /**
   * The longest time between the two halves of a rename, by the counters of their author: the time
   * that it takes to index a large directory under its new name.
   */
  private static final long RENAME_MILLIS = 3_600_000;

  private GuardRules() {}

  /**
   * True if so many losses need the user's word: more than {@value #ALWAYS_ALLOWED} and more than
   * half of the files, or the removal of all files of an arena that had two or more.
   *
   * @param lost distinct paths of files that were removed or replaced
   * @param removed those of {@code lost} that were removed
   * @param files the files that there would be without the removals
   */
  public static boolean trips(int lost, int removed, long files) {
    boolean all = removed > 1 && removed >= files;
    return all || isMost(lost, files);
  }

  /** True if so many losses are more than {@value #ALWAYS_ALLOWED} and more than half of files. */
  public static boolean isMost(int lost, long files) {
    return lost > ALWAYS_ALLOWED && 2L * lost > files;
  }

  /**
   * True of a file that {@code author} made since a time, and that replaced none. One that a first
   * scan found was there before.
   *
   * @param author all ids of the author, whose counters follow its clock
   */
  public static boolean isNewName(Version version, Set<StoreId> author, long sinceMillis) {
    return version.content() instanceof Content.File
        && version.basis() == null
        && !version.found()
        && lastCounter(List.of(version), author) >= sinceMillis;
  }

  /**
   * The id under which the change from {@code before} to {@code after} was signed, by whatever peer
   * it: the one with the highest of the counters that are new. Counters follow the clock, so that
   * is the last of several changes.
   *
   * @param relay the store that reported {@code after}: the answer where no counter is new
   */
  public static StoreId author(VersionVector before, VersionVector after, StoreId relay) {
    return after.counters().entrySet().stream()
        .filter(entry -> entry.getValue() > before.counter(entry.getKey()))
        .max(Comparator.comparingLong(Map.Entry<StoreId, Long>::getValue))
        .map(Map.Entry::getKey)
        .orElse(relay);
  }

  /**
   * The stores whose reports know of a change that {@code author} made after {@code before}: its
   * own, and those that adopted the change or made another from it.
   */
  public static Set<StoreId> reporters(
      Map<StoreId, Report> reports, StoreId author, VersionVector before) {
    Set<StoreId> ids = author.all();
    Set<StoreId> reporters = new TreeSet<>();
    reports.forEach((store, report) -> {
      boolean knows =
          report.versions().stream()
              .map(reported -> reported.version().vector())
              .anyMatch(vector ->
                  vector.counters().entrySet().stream()
                      .anyMatch(counter ->
                          ids.contains(counter.getKey())
                              && counter.getValue() > before.counter(counter.getKey())));
      if (knows) {
        reporters.add(store);
      }
    });
    return reporters;
  }

  /**
   * True if an author gave a file its last name for another one that went at about the same time,
   * and took the last name away later. Two names of a file that were there side by side for longer
   * are two files. Of several names exactly the one that went last was given for no other.
   *
   * @param old the path that the author's file had left
   * @param last the path at which the author lost it
   * @param renamed what was shown there until then
   * @param author all ids of the author
   */
  public static boolean isRename(
      PathState old, PathState last, Version renamed, Set<StoreId> author) {
    long given = lastCounter(List.of(renamed), author);
    long left = lastCounter(Judgement.known(old), author);
    return given > 0
        && Math.abs(left - given) <= RENAME_MILLIS
        && left < lastCounter(Judgement.known(last), author);
  }

  private static long lastCounter(List<Version> versions, Set<StoreId> author) {
    return versions.stream()
        .flatMap(version -> version.vector().counters().entrySet().stream())
        .filter(counter -> author.contains(counter.getKey()))
        .mapToLong(Map.Entry::getValue)
        .max()
        .orElse(0);
  }

  /** True if {@code report} has nothing that is not in the reports of {@code others} already. */
  public static boolean repeats(Report report, PathState known, Set<StoreId> others) {
    return report.versions().stream()
        .map(reported -> reported.version().vector())
        .allMatch(vector ->
            known.shown().vector().covers(vector)
                || others.stream()
                    .map(known.reports()::get)
                    .filter(Objects::nonNull)
                    .flatMap(other -> other.versions().stream())
                    .anyMatch(other -> other.version().vector().covers(vector)));
  }
}
