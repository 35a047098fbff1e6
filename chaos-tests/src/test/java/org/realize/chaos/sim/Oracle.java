package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.realize.chaos.sim.Violation.Rule;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.pin.Pins;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;

/** The invariants of a household, at any time and after it has converged. */
final class Oracle {

  /** The names under which a peer keeps what it dropped, gave up, or what its user chose. */
  private static final Set<StoreId> OWN_WORDS =
      Set.of(new StoreId(new UUID(0, 0)), new StoreId(new UUID(-1, -1)));

  private final Household household;
  private final Checks checks;

  /** The stores that were judged last. */
  private final Map<SimulatedPeer, Object> judgedStores = new HashMap<>();

  /** The states that were judged last. */
  private final Map<SimulatedPeer, Map<RelativePath, PathState>> judged = new HashMap<>();

  Oracle(Household household) {
    this.household = household;
    checks = household.checks();
  }

  /** After every step: what is shown is current, and places in the feed are taken once. */
  void checkNow() throws RealizeException {
    for (SimulatedPeer peer : household.peers()) {
      Object store = peer.state().memoryArena(SimulatedPeer.ARENA).snapshot();
      if (!store.equals(judgedStores.put(peer, store))) {
        checkStore(peer);
      }
    }
    for (History.Placed wanted : household.history().wanted()) {
      check(Rule.BYTES, household.isHeldForSure(wanted), "no disk has", wanted);
    }
  }

  private void checkStore(SimulatedPeer peer) throws RealizeException {
    long head = peer.state().memoryArena(SimulatedPeer.ARENA).read(reader -> reader.headSeq());
    Map<RelativePath, PathState> last = judged.computeIfAbsent(peer, _ -> new HashMap<>());
    Set<Long> seqs = new HashSet<>();
    Set<RelativePath> held = peer.held();
    for (PathState state : peer.knowledge()) {
      boolean isHeld = held.contains(state.path()); // then not all has a say
      PathState before = isHeld ? last.remove(state.path()) : last.put(state.path(), state);
      if (isHeld || !state.equals(before)) {
        checkShown(peer, state, isHeld);
      }
      boolean once = state.announcedSeq() == 0 || seqs.add(state.announcedSeq());
      check(Rule.STATE, once, peer.name(), "has a place of the feed twice:", state);
      boolean mayAnnounce = state.announcedSeq() == 0 || isOwn(peer, state);
      check(Rule.STATE, mayAnnounce, peer.name(), "announces what it merely heard:", state);
      check(Rule.STATE, state.announcedSeq() <= head, peer.name(), "is beyond", head, state);
    }
  }

  private void checkShown(SimulatedPeer peer, PathState state, boolean isHeld) {
    Set<Version> maxima = NaiveMaxima.of(state);
    boolean current = isHeld || maxima.contains(state.shown());
    check(Rule.STATE, current, peer.name(), "shows what is not current:", state);
    boolean right = isHeld || isRightlyShown(peer, state, maxima);
    check(Rule.STATE, right, peer.name(), "shows the wrong one:", state);
    check(Rule.STATE, knowsItsDisk(state, maxima), peer.name(), "forgot what it has:", state);
  }

  /** True if the path is kept here, is or was on the disk, or was decided by the user. */
  private static boolean isOwn(SimulatedPeer peer, PathState state) throws RealizeException {
    if (state.real() != null
        || peer.markOf(state.path()) != Mark.WATCH
        || OWN_WORDS.stream().anyMatch(state.reports()::containsKey)) {
      peer.noteOwn(state.path());
    }
    return peer.mayAnnounce(state.path());
  }

  private static boolean knowsItsDisk(PathState state, Set<Version> maxima) {
    RealVersion real = state.real();
    return real == null
        || maxima.stream().anyMatch(v -> NaiveMaxima.covers(v.vector(), real.version().vector()));
  }

  /** A directory before all, any content rather than a deletion but what a user did not want. */
  private boolean isRightlyShown(SimulatedPeer peer, PathState state, Set<Version> maxima) {
    if (maxima.stream().anyMatch(v -> v.content() instanceof Content.Directory)) {
      return state.shown().content() instanceof Content.Directory;
    }
    return !state.shown().isTombstone()
        || maxima.stream()
            .filter(version -> !version.isTombstone())
            .allMatch(version -> household.unwanted().hides(peer, state.path(), version));
  }

  /** After getting well. */
  void checkWell() throws RealizeException {
    for (RelativePath path : household.contents().names()) {
      checkAgreement(path);
    }
    checkNothingLost();
    checkNothingReturned();
    checkDeletions();
    checkAvailability();
    checkNothingIsDropped();
  }

  /** What was to be dropped is dropped, or nothing says so any more. */
  private void checkNothingIsDropped() throws RealizeException {
    Map<StoreId, SimulatedPeer> stores = stores();
    for (SimulatedPeer peer : household.peers()) {
      Set<RelativePath> left = peer.arena().read(DropIntents::read).keySet();
      check(Rule.STATE, left.isEmpty(), peer.name(), "is still to drop", left);
      for (Pins.Pin pin : peer.arena().read(Pins::read)) {
        SimulatedPeer dropper = stores.get(pin.dropper());
        boolean isOver =
            dropper != null && dropper.isUnbroken() && peer.isUnbroken() && peer.reaches(dropper);
        check(Rule.PIN, !isOver, peer.name(), "still keeps for", pin);
      }
    }
  }

  private Map<StoreId, SimulatedPeer> stores() {
    Map<StoreId, SimulatedPeer> stores = new TreeMap<>();
    household.peers().forEach(peer -> stores.put(peer.state().identity().store(), peer));
    return stores;
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

  /**
   * Every file that a user wrote, or restored, and nobody replaced can be read somewhere, and
   * everything that a user made is known to somebody.
   */
  private void checkNothingLost() throws RealizeException {
    History history = household.history();
    Set<History.Placed> known = current().keySet();
    Set<History.Placed> made = new LinkedHashSet<>();
    history.events().forEach(event -> made.add(event.placedMade()));
    made.removeIf(placed -> placed.content().isAbsent() || history.isReplaced(placed));
    for (History.Placed placed : made) {
      Optional<History.Placed> origin = history.origin(placed);
      boolean isReadable = isReadable(placed) || (origin.isPresent() && isReadable(origin.get()));
      if (placed.content() instanceof Content.File) {
        Optional<Excuse> incomplete = household.writers().incomplete(placed);
        Optional<Excuse> gone = history.mayBeGone(placed).or(() -> incomplete);
        check(Rule.LOSS, isReadable, gone, "lost:", placed);
        isReadable |= incomplete.isPresent();
      }
      boolean isKnown = known.contains(placed) || isReadable;
      check(Rule.KNOWLEDGE, isKnown, history.mayBeForgotten(placed), "forgotten:", placed);
    }
  }

  private void checkNothingReturned() throws RealizeException {
    History history = household.history();
    Map<History.Placed, Set<Version>> current = current();
    for (History.Placed placed : history.everReplaced()) {
      Set<Version> back = current.getOrDefault(placed, Set.of());
      boolean isJudged = // a file without bytes is made whenever a program begins to write
          placed.content() instanceof Content.File file
              && file.sizeBytes() > 0
              && !history.isRestored(placed);
      if (isJudged) {
        for (Version version : back) {
          Optional<Excuse> excuse =
              household.isBranch(placed.path())
                  ? Optional.of(Excuse.REPLACED_IN_BRANCH)
                  : history.mayBeBack(placed.path(), version, told(placed.path()));
          check(Rule.RETURN, false, excuse, placed, "came back as", version);
        }
        if (back.isEmpty()) {
          check(Rule.RETURN, true, placed);
        }
      }
    }
  }

  /** Every version of the path that some peer tells others; what is only heard stays there. */
  private List<Version> told(RelativePath path) throws RealizeException {
    List<Version> told = new ArrayList<>();
    for (SimulatedPeer peer : household.peers()) {
      for (PathState state : peer.knowledge(List.of(path))) {
        if (state.announcedSeq() > 0) {
          told.addAll(NaiveMaxima.known(state));
        }
      }
    }
    return told;
  }

  /** A file that a user wrote is shown where only others deleted it who did not know of that. */
  private void checkDeletions() throws RealizeException {
    for (SimulatedPeer peer : household.peers()) {
      for (PathState state : peer.knowledge()) {
        RealVersion real = state.real();
        if (real != null
            && real.version().content() instanceof Content.File
            && !real.version().found()
            && household.history().outlivesDeletions(peer.name(), state.path(), real.version())) {
          boolean isShown = !state.shown().isTombstone();
          check(Rule.DELETION, isShown, "hidden from", peer.name(), state);
        }
      }
    }
  }

  /** Who is said to hold bytes is a living store, and sends them when it is asked. */
  private void checkAvailability() throws RealizeException {
    Map<StoreId, SimulatedPeer> stores = stores();
    for (SimulatedPeer peer : household.peers()) {
      for (PathState state : peer.knowledge()) {
        for (Map.Entry<StoreId, Report> entry : state.reports().entrySet()) {
          for (Report.Reported reported : entry.getValue().versions()) {
            if (reported.held() && reported.version().content() instanceof Content.File file) {
              SimulatedPeer holder = stores.get(entry.getKey());
              check(
                  Rule.AVAILABILITY,
                  holder != null && holder.cache().serves(state.path(), file, bytes(file)),
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

  /** True if some disk has it at the path, or some peer sends its bytes; trash may expire. */
  private boolean isReadable(History.Placed placed) throws RealizeException {
    RelativePath path = placed.path();
    for (SimulatedPeer peer : household.peers()) {
      boolean isOnDisk = peer.disk().contentAt(path).equals(placed.content());
      boolean isServed =
          placed.content() instanceof Content.File file
              && peer.cache().serves(path, file, bytes(file));
      if (isOnDisk || isServed) {
        return true;
      }
    }
    return false;
  }

  private byte[] bytes(Content.File file) {
    return household.contents().bytes(file);
  }

  /** What is current for some peer, each version once. */
  private Map<History.Placed, Set<Version>> current() throws RealizeException {
    Map<History.Placed, Set<Version>> current = new HashMap<>();
    for (SimulatedPeer peer : household.peers()) {
      for (PathState state : peer.knowledge()) {
        for (Version version : NaiveMaxima.of(state)) {
          current
              .computeIfAbsent(
                  new History.Placed(state.path(), version.content()), _ -> new LinkedHashSet<>())
              .add(version);
        }
      }
    }
    return current;
  }

  private static Optional<PathState> state(SimulatedPeer peer, RelativePath path)
      throws RealizeException {
    List<PathState> states = new ArrayList<>(peer.knowledge(List.of(path)));
    return states.isEmpty() ? Optional.empty() : Optional.of(states.getFirst());
  }

  private void check(Rule rule, boolean condition, Object... message) {
    check(rule, condition, Optional.empty(), message);
  }

  /** A check that may fail where there is an excuse. */
  private void check(Rule rule, boolean condition, Optional<Excuse> excuse, Object... message) {
    checks.make(rule);
    if (!condition) {
      checks.excuse(
          excuse.orElseThrow(() ->
              new Violation(
                  rule, Stream.of(message).map(String::valueOf).collect(Collectors.joining(" ")))));
    }
  }
}
