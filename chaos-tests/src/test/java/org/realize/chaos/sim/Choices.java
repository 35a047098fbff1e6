package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.PathState;

/** The ends that users make to conflicts, with the history's note of each. */
final class Choices {

  private final History history;
  private final Checks checks;
  private final Unwanted unwanted;

  Choices(History history, Checks checks, Unwanted unwanted) {
    this.history = history;
    this.checks = checks;
    this.unwanted = unwanted;
  }

  /** Ends one conflict of the peer, if it has any on which nothing is held. */
  void choose(SimulatedPeer peer, Action action) throws RealizeException {
    Set<RelativePath> held = peer.held();
    Conflicts conflicts = peer.conflicts();
    List<PathState> open =
        conflicts.list(path -> Users.PATHS.contains(path) && !held.contains(path));
    if (open.isEmpty()) {
      return;
    }
    PathState before = open.get(action.path() % open.size());
    List<RelativePath> paths = List.of(before.path());
    StoreId store = peer.state().identity().store();
    try {
      Choice choice = choice(before, action.other());
      conflicts.check(paths, choice);
      conflicts.resolve(paths, choice);
    } catch (RealizeException _) {
      // as users are told
    } finally {
      PathState after = peer.knowledge(paths).getFirst();
      if (!after.equals(before)) {
        note(peer, store, before, after);
      }
    }
  }

  /** Without the choice that makes new names, which are none of the household's few. */
  private static Choice choice(PathState state, int which) {
    List<StoreId> stores = List.copyOf(state.reports().keySet());
    return switch (which % 8) {
      case 0 -> new Choice.Deleted();
      case 1, 2 -> new Choice.Newest();
      case 3, 4 ->
          stores.isEmpty()
              ? new Choice.Newest()
              : new Choice.OfPeer("peer", Set.of(stores.get(which / 8 % stores.size())));
      default -> new Choice.Mine();
    };
  }

  private void note(SimulatedPeer peer, StoreId store, PathState before, PathState after) {
    Version choice = after.shown();
    RelativePath path = after.path();
    List<Content> replaced = new ArrayList<>();
    VersionVector base = VersionVector.EMPTY;
    for (Version version : NaiveMaxima.of(before)) {
      boolean isKnown = NaiveMaxima.covers(choice.vector(), version.vector());
      checks.make(Violation.Rule.STATE);
      if (!isKnown && !unwanted.hides(peer, path, version)) {
        throw new Violation(
            Violation.Rule.STATE,
            "%s leaves %s as it chooses: %s".formatted(peer.name(), version, after));
      }
      base = isKnown ? base.join(version.vector()) : base;
      if (isKnown && !version.content().equals(choice.content())) {
        replaced.add(version.content());
      }
    }
    boolean isHere =
        choice.content() instanceof Content.File
            && after.isReal(choice.content())
            && peer.disk().contentAt(path).equals(choice.content());
    for (Content content : replaced) {
      history.choose(peer.name().value(), path, content, choice, isHere);
    }
    for (StoreId id : store.all()) {
      if (choice.vector().counter(id) > base.counter(id)) {
        for (Content content : replaced) {
          history.signatures().add(peer.name(), id, path, content, base, choice);
        }
      }
    }
  }
}
