package org.realize.chaos.sim;

import static org.realize.chaos.sim.Violation.Rule.PIN;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PinRequest.Pinned;
import org.realize.sync.port.RealVersion;

/** The moves that are under way in a household, and the files that are being given up for them. */
final class Moves {

  private static final int MOST_AT_ONCE = 4;
  private static final int MOST_FILES = 3;

  private final List<SimulatedPeer> peers;
  private final History history;
  private final Checks checks;
  private final SimulatedMove.Index index;
  private final List<SimulatedMove> moves = new ArrayList<>();
  private int dropped;

  private record Grant(SimulatedPeer dropper, Pinned pinned) {}

  /** The stores that granted each pin, the one that was granted last at the end. */
  private final Map<Grant, Set<StoreId>> grants = new LinkedHashMap<>();

  /** None yet, among {@code peers}, of whom there may be more later. */
  Moves(List<SimulatedPeer> peers, History history, Checks checks, SimulatedMove.Index index) {
    this.peers = peers;
    this.history = history;
    this.checks = checks;
    this.index = index;
  }

  /** Files that were given up, as far as their peers lived to say so. */
  int dropped() {
    return dropped;
  }

  /**
   * The user's command; sometimes what is on its way already is to go back. Empty if there is
   * nothing to move, or too much on its way.
   */
  Optional<SimulatedMove> drawn(Action action) throws RealizeException {
    if (moves.size() >= MOST_AT_ONCE) {
      return Optional.empty();
    }
    Random random = new Random(action.chance());
    if (!moves.isEmpty() && random.nextInt(3) == 0) {
      SimulatedMove other = moves.get(action.other() % moves.size());
      SimulatedPeer back = other.source();
      return drawn(action, other.target(), back, List.copyOf(other.paths()), random);
    }
    List<SimulatedPeer> ends =
        peers.stream().filter(peer -> peer.running() && peer.character().rooted()).toList();
    if (ends.size() < 2) {
      return Optional.empty();
    }
    int from = action.other() % ends.size();
    int to = (from + 1 + random.nextInt(ends.size() - 1)) % ends.size();
    return drawn(
        action, ends.get(from), ends.get(to), files(ends.get(from), action, random), random);
  }

  /** A few that lie side by side, of those that the source has indexed. */
  private static List<RelativePath> files(SimulatedPeer source, Action action, Random random)
      throws RealizeException {
    List<RelativePath> files = new ArrayList<>();
    for (PathState state : source.knowledge(Users.PATHS)) {
      Optional<SimulatedDisk.Item> item = source.disk().at(state.path());
      if (item.isPresent()
          && item.get().content() instanceof Content.File
          && SimulatedPeer.isIndexed(Optional.of(state), item.get())) {
        files.add(state.path());
      }
    }
    if (files.isEmpty()) {
      return files;
    }
    int first = action.path() % files.size();
    return files.subList(first, Math.min(files.size(), first + 1 + random.nextInt(MOST_FILES)));
  }

  private Optional<SimulatedMove> drawn(
      Action action,
      SimulatedPeer source,
      SimulatedPeer target,
      List<RelativePath> files,
      Random random) {
    SimulatedPeer mover =
        switch (random.nextInt(4)) {
          case 0 -> peers.get(action.peer() % peers.size());
          case 1 -> target;
          default -> source;
        };
    return files.isEmpty()
        ? Optional.empty()
        : Optional.of(new SimulatedMove(mover, source, target, files, index, history));
  }

  /** Nothing begins where an end cannot be reached, or where another move runs. */
  void begin(SimulatedMove move) {
    SimulatedPeer mover = move.mover();
    boolean isFree = moves.stream().noneMatch(other -> other.mover() == mover);
    if (isFree && mover.reaches(move.source()) && mover.reaches(move.target())) {
      moves.add(move);
    }
  }

  /**
   * One effect of one of them.
   *
   * @return the peer whose process died of it, if one did
   */
  Optional<SimulatedPeer> step(Action action) throws RealizeException, InterruptedException {
    List<SimulatedDrop> drops = new ArrayList<>();
    for (SimulatedPeer peer : peers) {
      if (peer.running()) {
        drops.addAll(peer.drops());
      }
    }
    List<SimulatedMove> ready = moves.stream().filter(move -> !move.isWaiting()).toList();
    if (ready.isEmpty() && drops.isEmpty()) {
      return Optional.empty();
    }
    int which = action.other() % (ready.size() + drops.size());
    boolean isMove = which < ready.size();
    SimulatedPeer at = isMove ? ready.get(which).at() : drops.get(which - ready.size()).source();
    try {
      if (isMove) {
        step(ready.get(which));
      } else {
        step(drops.get(which - ready.size()));
      }
      return Optional.empty();
    } catch (SimulatedCrash _) {
      return Optional.of(at);
    }
  }

  private void step(SimulatedMove move) throws InterruptedException {
    move.step();
    if (move.isOver()) {
      moves.remove(move);
    }
  }

  private void step(SimulatedDrop drop) throws RealizeException, InterruptedException {
    boolean wasThere = drop.isAboutToTake() && drop.isThere();
    try {
      drop.step();
    } finally {
      if (wasThere && !drop.isThere()) {
        taken(drop);
      }
    }
    if (drop.isOver()) {
      drop.source().drops().remove(drop);
      dropped += drop.outcome() instanceof DropOutcome.Dropped ? 1 : 0;
    }
  }

  /** A peer answered that it keeps a content until the dropper has dropped it. */
  void granted(SimulatedPeer dropper, SimulatedPeer grantor, Pinned pinned)
      throws RealizeException {
    RelativePath path = pinned.path();
    checks.make(PIN);
    boolean hasBytes = pinned.content() instanceof Content.File file && file.sizeBytes() > 0;
    if (!grantor.disk().holdsForSure(path, pinned.content())
        && !(grantor.keeps(path)
            && (!hasBytes || grantor.cachedForSure().contains(hash(pinned.content()))))) {
      throw new Violation(PIN, grantor.name() + " pins what it has not: " + pinned);
    }
    StoreId store = grantor.state().identity().store();
    Grant grant = new Grant(dropper, pinned);
    Set<StoreId> grantors = Objects.requireNonNullElseGet(grants.remove(grant), HashSet::new);
    grantors.add(store);
    grants.put(grant, grantors);
    for (Version version : signed(grantor, pinned)) {
      history.pinned(grantor.name(), store, path, version);
    }
  }

  private static @Nullable ContentHash hash(Content content) {
    return content instanceof Content.File file ? file.hash() : null;
  }

  /** The version that a grantor has under its own name, of what it was to pin: one at most. */
  private static List<Version> signed(SimulatedPeer grantor, Pinned pinned)
      throws RealizeException {
    List<Version> signed = new ArrayList<>();
    for (PathState state : grantor.knowledge(List.of(pinned.path()))) {
      RealVersion real = state.real();
      signed.add(real == null ? state.shown() : real.version());
    }
    signed.removeIf(version -> !version.content().equals(pinned.content()));
    return signed;
  }

  /** A peer died before it answered, and may have signed the content as one that it keeps. */
  void unanswered(SimulatedPeer grantor, Pinned pinned) throws RealizeException {
    RelativePath path = pinned.path();
    StoreId store = grantor.state().identity().store();
    for (Version version : signed(grantor, pinned)) {
      if (history.signatures().isNew(path, store, version)) {
        history.pinned(grantor.name(), store, path, version);
      }
    }
  }

  /** A file that was moved has gone into the trash, for which enough others must have pinned it. */
  private void taken(SimulatedDrop drop) throws RealizeException {
    History.Placed file = drop.file();
    if (drop.targetIsLost()) {
      history.giveUp(file.path(), file.content(), Excuse.GONE_WITH_TARGET);
    }
    dropped(drop.source(), file);
  }

  /** A file was given up, for which enough others must have pinned it. */
  void dropped(SimulatedPeer source, History.Placed file) throws RealizeException {
    history.dropped(file.path(), file.content());
    checks.make(PIN);
    int pins =
        grants.entrySet().stream()
            .filter(grant ->
                grant.getKey().dropper() == source
                    && grant.getKey().pinned().path().equals(file.path())
                    && grant.getKey().pinned().content().equals(file.content()))
            .reduce((_, last) -> last)
            .map(grant -> grant.getValue().size())
            .orElse(0);
    if (pins < source.character().copies()) {
      throw new Violation(PIN, source.name() + " drops " + file + " under " + pins + " pins");
    }
  }

  /** The process died, and with it the moves that it made. */
  void died(SimulatedPeer peer) {
    moves.removeIf(move -> move.mover() == peer);
  }

  /** All that was on a peer's disk may be gone, whatever was found out about it. */
  void diskLost(SimulatedPeer peer) {
    moves.forEach(move -> move.diskLost(peer));
    for (SimulatedPeer source : peers) {
      if (source.running()) {
        source.drops().forEach(drop -> drop.diskLost(peer));
      }
    }
  }
}
