package org.realize.sync.rules;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.port.Report.Reported;

/**
 * The rules for the last changes of an identity under which two copies of a store have signed. A
 * counter of one copy may seem to stand for a lower one of the other, of which its author never
 * knew; so a version may have been dominated, or be dominated later, that no change replaced. A
 * store that heard of it from the store itself knows from which start, and the copies share no
 * start from the fork on: the start goes into the vector beside the counter, as the name of a
 * store. All who heard the same from the same start say the same, and no version of the other copy
 * covers it.
 *
 * <p>This may show a conflict that is none, where a later change of the same copy was only heard of
 * through others; the other way round a user's change would silently be lost.
 */
public final class ForkRules {

  /**
   * An identity that was used by two copies of a store.
   *
   * @param firstOwn the lowest counter that both may have given out
   * @param start the start of {@code left} from which this peer heard last, as the name of a store
   */
  public record Fork(StoreId left, long firstOwn, StoreId start) {}

  private ForkRules() {}

  /**
   * The path, with what {@code left} reported last told apart from what its other copy reports. The
   * caller judges again. The same, if nothing is in danger.
   */
  public static PathState toldApart(PathState before, Fork fork) {
    Report last = before.reports().get(fork.left());
    if (last == null) {
      return before;
    }
    Set<StoreId> ids = fork.left().all();
    List<Reported> versions =
        last.versions().stream().map(reported -> toldApart(before, reported, fork, ids)).toList();
    if (versions.equals(last.versions())) {
      return before;
    }
    return before.withReport(fork.left(), new Report(last.seq(), last.metadata(), versions));
  }

  private static Reported toldApart(
      PathState state, Reported reported, Fork fork, Set<StoreId> ids) {
    Version version = reported.version();
    long counter = counter(version, ids);
    boolean mayBeItsOwn = reported.held() || version.isTombstone(); // who signs has it on its disk
    boolean inDanger =
        mayBeItsOwn
            && counter >= fork.firstOwn()
            && version.vector().counter(fork.start()) < counter
            && !isReplaced(state, version, ids)
            && !isVouchedFor(state, version, ids);
    return inDanger
        ? new Reported(
            version.withVector(version.vector().with(fork.start(), counter)), reported.held())
        : reported;
  }

  /** True if somebody replaced it who knew of this very change. */
  private static boolean isReplaced(PathState state, Version version, Set<StoreId> ids) {
    return Judgement.known(state).stream()
        .filter(other -> !other.content().equals(version.content()))
        .filter(other -> other.vector().covers(version.vector()))
        .anyMatch(other -> counter(other, ids) == counter(version, ids));
  }

  /** True if the content is current under the name of somebody else as well. */
  private static boolean isVouchedFor(PathState state, Version version, Set<StoreId> ids) {
    return Judgement.maxima(state).stream()
        .filter(other -> other.content().equals(version.content()))
        .flatMap(other -> other.vector().counters().entrySet().stream())
        .filter(entry -> !ids.contains(entry.getKey()))
        .anyMatch(entry -> entry.getValue() > version.vector().counter(entry.getKey()));
  }

  /** The last change under any of the ids: counters of a store grow over all of them. */
  private static long counter(Version version, Set<StoreId> ids) {
    return version.vector().counters().entrySet().stream()
        .filter(entry -> ids.contains(entry.getKey()))
        .mapToLong(Map.Entry::getValue)
        .max()
        .orElse(0);
  }
}
