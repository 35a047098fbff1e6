package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.realize.chaos.sim.Violation.Rule;
import org.realize.sync.index.DropIntents;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/** What must be true of a household, at any time and after it got well. */
final class Oracle {

  private final Household household;

  Oracle(Household household) {
    this.household = household;
  }

  /** After every step: what is shown is current, and places in the feed are taken once. */
  void checkNow() throws RealizeException {
    for (SimulatedPeer peer : household.peers()) {
      long head = peer.state().memoryArena(SimulatedPeer.ARENA).read(reader -> reader.headSeq());
      Set<Long> seqs = new TreeSet<>();
      for (PathState state : peer.knowledge(Users.PATHS)) {
        Set<Version> maxima = NaiveMaxima.of(state);
        boolean current = maxima.contains(state.shown());
        check(Rule.STATE, current, peer.name(), "shows what is not current:", state);
        boolean right = isRightlyShown(state, maxima);
        check(Rule.STATE, right, peer.name(), "shows the wrong one:", state);
        boolean once = state.announcedSeq() == 0 || seqs.add(state.announcedSeq());
        check(Rule.STATE, once, peer.name(), "has a place of the feed twice:", state);
        check(Rule.STATE, state.announcedSeq() <= head, peer.name(), "is beyond", head, state);
        check(Rule.STATE, knowsItsDisk(state, maxima), peer.name(), "forgot what it has:", state);
      }
    }
    for (History.Placed wanted : household.history().wanted()) {
      check(Rule.BYTES, household.isHeldForSure(wanted), "no disk has", wanted);
    }
  }

  private static boolean knowsItsDisk(PathState state, Set<Version> maxima) {
    RealVersion real = state.real();
    return real == null
        || maxima.stream().anyMatch(v -> NaiveMaxima.covers(v.vector(), real.version().vector()));
  }

  private static boolean isRightlyShown(PathState state, Set<Version> maxima) {
    boolean directory = maxima.stream().anyMatch(v -> v.content() instanceof Content.Directory);
    boolean live = maxima.stream().anyMatch(v -> !v.isTombstone());
    return directory
        ? state.shown().content() instanceof Content.Directory
        : live != state.shown().isTombstone();
  }

  /** After getting well. */
  void checkWell() throws RealizeException {
    for (RelativePath path : Users.PATHS) {
      checkAgreement(path);
    }
    checkNothingLost();
    checkNothingReturned();
    checkAvailability();
    checkNothingIsDropped();
  }

  /** What was to be dropped is dropped, or nothing says so any more. */
  private void checkNothingIsDropped() throws RealizeException {
    for (SimulatedPeer peer : household.peers()) {
      Set<RelativePath> left = peer.arena().read(DropIntents::read);
      check(Rule.STATE, left.isEmpty(), peer.name(), "is still to drop", left);
    }
  }

  /** All who announce a path know the same; who only hears of it knows no less. */
  private void checkAgreement(RelativePath path) throws RealizeException {
    SimulatedPeer first = null;
    Optional<PathState> expected = Optional.empty();
    for (SimulatedPeer peer : household.peers()) {
      Optional<PathState> state = state(peer, path);
      if (first == null) {
        first = peer;
        expected = state;
      }
      check(
          Rule.AGREEMENT,
          agree(expected, state),
          path,
          "is not the same for",
          first.name(),
          expected,
          "and",
          peer.name(),
          state);
    }
  }

  private static boolean agree(Optional<PathState> expected, Optional<PathState> state) {
    if (state.isEmpty() || expected.isEmpty()) {
      return expected.isEmpty() && state.map(PathState::announcedSeq).orElse(0L) == 0;
    }
    Set<Version> theirs = NaiveMaxima.of(state.get());
    Set<Version> ours = NaiveMaxima.of(expected.get());
    return state.get().announcedSeq() > 0
        ? theirs.equals(ours) && state.get().metadata().equals(expected.get().metadata())
        : ours.stream()
            .allMatch(
                v -> theirs.stream().anyMatch(t -> NaiveMaxima.covers(t.vector(), v.vector())));
  }

  /** Every content that a user made is still somewhere, or a user replaced it. */
  private void checkNothingLost() throws RealizeException {
    Map<RelativePath, Set<Content>> present = present();
    for (History.Event event : household.history().events()) {
      Content made = event.made();
      check(
          Rule.LOSS,
          made.isAbsent()
              || household.history().isLost(event.path(), made)
              || household.history().isReplaced(event.path(), made)
              || present.getOrDefault(event.path(), Set.of()).contains(made),
          "lost:",
          event);
    }
  }

  private void checkNothingReturned() throws RealizeException {
    for (SimulatedPeer peer : household.peers()) {
      for (PathState state : peer.knowledge(Users.PATHS)) {
        for (Version version : NaiveMaxima.of(state)) {
          boolean gone = household.history().mustBeGone(state.path(), version);
          check(Rule.RETURN, !gone, version.content(), "came back on", peer.name(), state);
        }
      }
    }
  }

  /** Who is said to hold bytes is a living store, and has them on its disk. */
  private void checkAvailability() throws RealizeException {
    Map<StoreId, SimulatedPeer> stores = new TreeMap<>();
    household.peers().forEach(peer -> stores.put(peer.state().identity().store(), peer));
    for (SimulatedPeer peer : household.peers()) {
      for (PathState state : peer.knowledge(Users.PATHS)) {
        for (Map.Entry<StoreId, Report> entry : state.reports().entrySet()) {
          for (Report.Reported reported : entry.getValue().versions()) {
            if (reported.held() && reported.version().content() instanceof Content.File file) {
              SimulatedPeer holder = stores.get(entry.getKey());
              check(
                  Rule.AVAILABILITY,
                  holder != null && holder.disk().contentAt(state.path()).equals(file),
                  peer.name(),
                  "believes that",
                  entry.getKey(),
                  "has",
                  file,
                  "at",
                  state.path());
            }
          }
        }
      }
    }
  }

  private Map<RelativePath, Set<Content>> present() throws RealizeException {
    Map<RelativePath, Set<Content>> present = new TreeMap<>();
    for (SimulatedPeer peer : household.peers()) {
      for (RelativePath path : Users.PATHS) {
        Set<Content> here = present.computeIfAbsent(path, _ -> new HashSet<>());
        here.add(peer.disk().contentAt(path));
        peer.disk().asideOf(path).ifPresent(item -> here.add(item.content()));
        state(peer, path)
            .ifPresent(
                state -> NaiveMaxima.of(state).forEach(version -> here.add(version.content())));
      }
    }
    return present;
  }

  private static Optional<PathState> state(SimulatedPeer peer, RelativePath path)
      throws RealizeException {
    List<PathState> states = new ArrayList<>(peer.knowledge(List.of(path)));
    return states.isEmpty() ? Optional.empty() : Optional.of(states.getFirst());
  }

  private static void check(Rule rule, boolean condition, Object... message) {
    if (!condition) {
      throw new Violation(
          rule, Stream.of(message).map(String::valueOf).collect(Collectors.joining(" ")));
    }
  }
}
