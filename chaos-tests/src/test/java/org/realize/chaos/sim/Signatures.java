package org.realize.chaos.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.chaos.sim.History.Event;
import org.realize.sync.model.Content;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;

/**
 * The record of the peer that signed each change and the counter it used, with its knowledge of the
 * content on its disk at that time. A vector tells by its counters which changes it stands for;
 * whether it should is answered here, from what was on the disk and not from the vectors that were
 * made of it.
 */
final class Signatures {

  /**
   * A change as a peer signed it.
   *
   * @param replaced what was on its disk before
   * @param known all that the change is based on, directly or through the changes before it
   * @param seen the users' changes so far, of which it can be one
   */
  record Signature(
      PeerName peer,
      RelativePath path,
      Content replaced,
      Content made,
      StoreId store,
      long counter,
      VersionVector known,
      int seen) {

    boolean isIn(VersionVector vector) {
      return vector.counter(store) >= counter;
    }
  }

  private final List<Signature> all = new ArrayList<>();
  private final List<Event> events;

  /** None yet, of changes among {@code events}, of which there are more later. */
  Signatures(List<Event> events) {
    this.events = events;
  }

  /**
   * Notes that {@code peer} signed {@code made} as {@code store}.
   *
   * @param base all vectors that it knew for {@code replaced}, joined
   */
  void add(
      PeerName peer,
      StoreId store,
      RelativePath path,
      Content replaced,
      VersionVector base,
      Version made) {
    VersionVector known = base;
    for (Signature earlier : all) {
      if (earlier.path().equals(path) && earlier.isIn(base)) {
        known = known.join(earlier.known());
      }
    }
    long counter = made.vector().counter(store);
    int seen = events.size();
    all.add(new Signature(peer, path, replaced, made.content(), store, counter, known, seen));
  }

  /**
   * Forgets what {@code peer} signed at a path and a power cut took: what none of the versions that
   * anybody knows there stands for. A later change of the same store must not pass for it.
   */
  void lose(PeerName peer, RelativePath path, Collection<Version> known) {
    all.removeIf(s ->
        s.peer().equals(peer)
            && s.path().equals(path)
            && known.stream().noneMatch(version -> s.isIn(version.vector())));
  }

  /** False for a change that was noted: its author knew no more than it knew then. */
  boolean isNew(RelativePath path, StoreId store, long counter) {
    return all.stream()
        .noneMatch(s -> s.path().equals(path) && s.store().equals(store) && s.counter() == counter);
  }

  /** True if {@code version} has a change of the store's that was not noted. */
  boolean isNew(RelativePath path, StoreId store, Version version) {
    return store.all().stream()
        .filter(id -> version.vector().counter(id) > 0)
        .anyMatch(id -> isNew(path, id, version.vector().counter(id)));
  }

  /**
   * The changes that {@code version} may have absorbed: those that it stands for, that made what
   * its content replaced, or what that replaced, and that did not know of all that made its
   * content: one that knew of an earlier making is absorbed by a later one.
   */
  List<Signature> absorbed(RelativePath path, Version version) {
    Set<Content> bases = bases(path, version.content());
    List<Signature> making = makingOf(path, version);
    return all.stream()
        .filter(s -> s.path().equals(path) && s.isIn(version.vector()) && bases.contains(s.made()))
        .filter(s -> making.stream().anyMatch(made -> !made.isIn(s.known())))
        .toList();
  }

  /**
   * The changes for which a later one by {@code peer} stands under the same name, though it did not
   * know of them: the machine was restored to a moment before them. Each with the vector of the
   * later one.
   */
  Map<Signature, VersionVector> coveredUnknown(PeerName peer) {
    Map<Signature, VersionVector> covered = new LinkedHashMap<>();
    List<Signature> own = all.stream().filter(s -> s.peer().equals(peer)).toList();
    for (Signature change : own) {
      for (Signature later : own) {
        VersionVector vector =
            later.known().join(VersionVector.EMPTY.with(later.store(), later.counter()));
        if (later.path().equals(change.path())
            && change.isIn(vector)
            && !change.isIn(later.known())
            && !later.made().equals(change.made())) {
          covered.merge(change, vector, VersionVector::join);
        }
      }
    }
    return covered;
  }

  /** True if the peer knew of {@code change} when it signed what its user removed or replaced. */
  boolean isKnownTo(Event removal, Signature change) {
    Content content = removal.base();
    return all.stream()
        .filter(s -> isOf(s, removal) && s.seen() > removal.number())
        .filter(s -> s.replaced().equals(content) && !s.made().equals(content))
        .anyMatch(s -> change.isIn(s.known()));
  }

  private static boolean isOf(Signature signature, Event event) {
    return signature.path().equals(event.path()) && signature.peer().value().equals(event.peer());
  }

  /** True if one of the versions stands for a user's change. */
  boolean isKnown(Event event, List<Version> versions) {
    return all.stream()
        .filter(s -> isOf(s, event) && s.seen() > event.number())
        .filter(s -> s.replaced().equals(event.base()) && s.made().equals(event.made()))
        .anyMatch(s -> versions.stream().anyMatch(version -> s.isIn(version.vector())));
  }

  /** The changes that were signed under an identity, by whichever of its copies. */
  List<Signature> under(StoreId identity) {
    Set<StoreId> ids = identity.all();
    return all.stream().filter(s -> ids.contains(s.store())).toList();
  }

  /** The files that were replaced, in one step or several, by {@code content}; not itself. */
  private Set<Content> bases(RelativePath path, Content content) {
    Set<Content> bases = new HashSet<>();
    Deque<Content> open = new ArrayDeque<>(List.of(content));
    while (!open.isEmpty()) {
      making(path, open.remove()).stream()
          .map(Signature::replaced)
          .filter(replaced -> replaced instanceof Content.File && bases.add(replaced))
          .forEach(open::add);
    }
    bases.remove(content);
    return bases;
  }

  /** The changes that made the content of {@code version}, of those that it stands for. */
  List<Signature> makingOf(RelativePath path, Version version) {
    return making(path, version.content()).stream().filter(s -> s.isIn(version.vector())).toList();
  }

  private List<Signature> making(RelativePath path, Content content) {
    return all.stream().filter(s -> s.path().equals(path) && s.made().equals(content)).toList();
  }
}
