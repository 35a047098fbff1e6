package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
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
  private final Contents contents;

  Choices(History history, Contents contents, Checks checks, Unwanted unwanted) {
    this.contents = contents;
    this.history = history;
    this.checks = checks;
    this.unwanted = unwanted;
  }

  /** A scan of a peer's disk. */
  interface Scan {
    void of(SimulatedPeer peer) throws RealizeException, InterruptedException;
  }

  /**
   * Ends one conflict of the peer, if it has any on which nothing is held. Where the disk has
   * another file than its index, it is scanned first, as the daemon waits for that.
   */
  void choose(SimulatedPeer peer, Action action, Scan scan)
      throws RealizeException, InterruptedException {
    if (!choose(peer, action)) {
      scan.of(peer);
      choose(peer, action);
    }
  }

  /** False if the disk must be scanned first. */
  private boolean choose(SimulatedPeer peer, Action action) throws RealizeException {
    Set<RelativePath> held = peer.held();
    Conflicts conflicts = peer.conflicts();
    List<PathState> open = conflicts.list(path -> !held.contains(path));
    if (open.isEmpty()) {
      return true;
    }
    PathState before = open.get(action.path() % open.size());
    List<RelativePath> paths = List.of(before.path());
    StoreId store = peer.state().identity().store();
    Choice choice = choice(before, action.other());
    Map<RelativePath, Content.File> beside =
        choice instanceof Choice.Both ? beside(before) : Map.of();
    List<PathState> besideBefore = peer.knowledge(List.copyOf(beside.keySet()));
    try {
      conflicts.check(paths, choice);
      conflicts.resolve(paths, choice);
    } catch (VersionGone _) {
      return false;
    } catch (RealizeException _) {
      // as users are told
    } finally {
      PathState after = peer.knowledge(paths).getFirst();
      if (!after.equals(before)) {
        note(peer, store, before, after);
      }
      for (PathState made : peer.knowledge(List.copyOf(beside.keySet()))) {
        Content.File file = beside.get(made.path());
        if (file != null && !besideBefore.contains(made)) {
          require(made.shown().content().equals(file), peer, "makes of both another file", made);
          history.copied(peer.name().value(), made.path(), before.path(), file);
        }
      }
    }
    return true;
  }

  /** The names that the current files of a path get if all are to stay. */
  private Map<RelativePath, Content.File> beside(PathState state) {
    Map<RelativePath, Content.File> beside = new HashMap<>();
    for (Version version : NaiveMaxima.of(state)) {
      if (version.content() instanceof Content.File file) {
        beside.put(contents.nameBeside(state.path(), file), file);
      }
    }
    return beside;
  }

  private void require(boolean condition, Object... message) {
    checks.make(Violation.Rule.STATE);
    if (!condition) {
      throw new Violation(Violation.Rule.STATE, Arrays.toString(message));
    }
  }

  private static Choice choice(PathState state, int which) {
    List<StoreId> stores = List.copyOf(state.reports().keySet());
    return switch (which % 8) {
      case 0 -> new Choice.Deleted();
      case 1, 2 -> new Choice.Newest();
      case 3, 4 ->
          stores.isEmpty()
              ? new Choice.Newest()
              : new Choice.OfPeer("peer", Set.of(stores.get(which / 8 % stores.size())));
      case 7 -> new Choice.Both();
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
