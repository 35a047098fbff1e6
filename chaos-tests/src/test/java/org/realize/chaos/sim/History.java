package org.realize.chaos.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.realize.chaos.sim.Signatures.Signature;
import org.realize.sync.model.Content;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;

/** The changes that users made, seen from outside: at which path they put what in place of what. */
final class History {

  /**
   * A change that a user made on a disk.
   *
   * @param number its place among all changes, from 0
   * @param base what the user saw there, absent if nothing
   * @param made what the user left there, absent if nothing
   */
  record Event(int number, String peer, RelativePath path, Content base, Content made) {
    Placed placedBase() {
      return new Placed(path, base);
    }

    Placed placedMade() {
      return new Placed(path, made);
    }
  }

  /** The knowledge with which a user makes a change: what the change will be based on. */
  enum Base {
    /** What is there. */
    SEEN,
    /** What is there, and not what replaced the restored file: that is current beside it. */
    BESIDE_REPLACEMENT,
    /**
     * Nothing: the first scan of the disk is still to come, or nothing is known there to have been.
     * What is found then replaces nothing, and what others have replaced or deleted stays so.
     */
    NONE
  }

  /** A content at a path. */
  record Placed(RelativePath path, Content content) {}

  private final List<Event> events = new ArrayList<>();
  private final Map<Event, Excuse> uncertain = new HashMap<>();

  /** Changes whose versions have no base: nobody can tell that they replaced anything. */
  private final Set<Event> baseless = new HashSet<>();

  private final Map<Placed, Excuse> lost = new HashMap<>();
  private final Map<Placed, Excuse> mayReturn = new HashMap<>();
  private final Set<Placed> everReplaced = new LinkedHashSet<>();
  private final Set<Placed> replaced = new HashSet<>();
  private final Set<Placed> wanted = new LinkedHashSet<>();
  private final Map<Placed, Excuse> gone = new HashMap<>();
  private final Set<Placed> arrived = new HashSet<>();
  private final Set<Placed> dropped = new HashSet<>();

  /** The changes that were a user's choice of one of several current contents. */
  private final Set<Event> choices = new HashSet<>();

  /** What users chose that was on their disk, with the vector of each choice. */
  private final Map<Placed, List<VersionVector>> kept = new HashMap<>();

  /** What a choice gave a second name, by that; the first one may have its bytes until then. */
  private final Map<Placed, RelativePath> copies = new HashMap<>();

  private final Set<Placed> replacedOnCopies = new HashSet<>();
  private final Set<Placed> pinned = new HashSet<>();
  private final Signatures signatures = new Signatures(events);
  private int reverts;

  /** The files that users have left at a path. */
  List<Content> filesAt(RelativePath path) {
    return events.stream()
        .filter(event -> event.path().equals(path))
        .map(Event::made)
        .filter(Content.File.class::isInstance)
        .toList();
  }

  /**
   * Notes a change. What it made is wanted from then on, also where it was replaced before, unless
   * somebody replaced it of whom this user did not know: of two versions the one that was made from
   * the other's bytes wins, and that one may have been made from these.
   *
   * @param base what was there before
   * @param known what the user knows of that
   */
  void add(String peer, RelativePath path, Content base, Content made, Base known) {
    Event event = new Event(events.size(), peer, path, base, made);
    boolean isRevert = replaced.contains(event.placedMade());
    boolean isWanted =
        event.made() instanceof Content.File
            && (!isRevert || (known == Base.SEEN && overrules(event)));
    if (known == Base.NONE) {
      baseless.add(event);
    }
    events.add(event);
    everReplaced.add(event.placedBase());
    replaced.add(event.placedBase());
    wanted.remove(event.placedBase());
    if (isWanted) {
      replaced.remove(event.placedMade());
      lost.remove(event.placedMade());
      gone.remove(event.placedMade());
      wanted.add(event.placedMade());
      reverts += isRevert ? 1 : 0;
    }
  }

  /**
   * Notes that a user ended a conflict: one of the contents that were current there is to stay.
   * What the choice replaces is not wanted any more, unless another user has chosen it of whose
   * choice this one did not know: then both stay. The content that is chosen is wanted as it was
   * before; and from then on where it is on this user's disk, and nobody made another from it.
   *
   * @param replaced another content that was current there, absent for a deletion
   * @param choice the version that stands for the choice
   */
  void choose(String peer, RelativePath path, Content replaced, Version choice, boolean isHere) {
    Event event = new Event(events.size(), peer, path, replaced, choice.content());
    Placed base = event.placedBase();
    Placed made = event.placedMade();
    events.add(event);
    choices.add(event);
    everReplaced.add(base);
    boolean isKeptByAnother =
        kept.getOrDefault(base, List.of()).stream()
            .anyMatch(other -> !NaiveMaxima.covers(choice.vector(), other));
    if (!isKeptByAnother) {
      this.replaced.add(base);
      wanted.remove(base);
    }
    if (isHere && choices.containsAll(removals(made))) {
      this.replaced.remove(made);
      lost.remove(made);
      gone.remove(made);
      wanted.add(made);
      kept.computeIfAbsent(made, _ -> new ArrayList<>()).add(choice.vector());
    }
  }

  /**
   * Notes that a user's choice gave a file a name of its own beside the one that it had: it is
   * wanted there, on whichever disk it is made.
   */
  void copied(String peer, RelativePath path, RelativePath origin, Content.File file) {
    Event event = new Event(events.size(), peer, path, new Content.Absent(), file);
    events.add(event);
    choices.add(event);
    baseless.add(event);
    Placed made = event.placedMade();
    replaced.remove(made);
    lost.remove(made);
    gone.remove(made);
    wanted.add(made);
    copies.put(made, origin);
  }

  /** The files that choices gave names of their own. */
  Set<Placed> copies() {
    return Set.copyOf(copies.keySet());
  }

  /** The name from which a choice copied a file. */
  Optional<Placed> origin(Placed copy) {
    return Optional.ofNullable(copies.get(copy)).map(path -> new Placed(path, copy.content()));
  }

  /** True if the peer's user chose another content, so that this one is not wanted any more. */
  boolean hasChosen(SimulatedPeer peer, RelativePath path, Content content) {
    Placed placed = new Placed(path, content);
    return replaced.contains(placed)
        && choices.stream()
            .anyMatch(choice ->
                choice.peer().equals(peer.name().value()) && choice.placedBase().equals(placed));
  }

  /** True if the user knew of all who replaced what is restored here. */
  private boolean overrules(Event restoring) {
    if (replacedOnCopies.contains(restoring.placedMade())) {
      return false;
    }
    Set<Event> known = new HashSet<>();
    Deque<Content> open = new ArrayDeque<>(List.of(restoring.base()));
    Set<Content> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      Placed step = new Placed(restoring.path(), open.remove());
      List<Event> making = making(step);
      if (making.size() == 1 && !arrived.contains(step)) {
        known.add(making.getFirst());
        Content base = making.getFirst().base();
        if (!baseless.contains(making.getFirst()) && seen.add(base)) {
          open.add(base);
        }
      }
    }
    return events.stream()
        .filter(event -> event.placedBase().equals(restoring.placedMade()))
        .allMatch(event ->
            !uncertain.containsKey(event)
                && (event.peer().equals(restoring.peer()) || known.contains(event)));
  }

  private List<Event> making(Placed placed) {
    return events.stream().filter(event -> event.placedMade().equals(placed)).toList();
  }

  /** Contents that a user restored by hand and that have been wanted since. */
  int reverts() {
    return reverts;
  }

  /** Contents that users replaced by their choice among several. */
  int choices() {
    return choices.size();
  }

  /** The files that users wrote and no user removed or replaced, and that some disk must have. */
  Set<Placed> wanted() {
    return wanted;
  }

  /** The files that a user removed or replaced at some time, restored or not. */
  Set<Placed> everReplaced() {
    return everReplaced;
  }

  /** The bytes are on no disk any more. */
  void giveUp(RelativePath path, Content content, Excuse why) {
    Placed placed = new Placed(path, content);
    wanted.remove(placed);
    gone.putIfAbsent(placed, why);
  }

  /** The reason for which no disk needs to have the bytes. */
  Optional<Excuse> mayBeGone(Placed placed) {
    return Optional.ofNullable(gone.get(placed));
  }

  /** A peer dropped the file: what it did not know of it from others is known no more. */
  void dropped(RelativePath path, Content content) {
    dropped.add(new Placed(path, content));
  }

  /**
   * A disk was copied on which the content was replaced, with an index that did not know that yet:
   * whose copy it is will sign the replacement, of which the original's user does not know.
   */
  void replacedOnCopy(RelativePath path, Content content) {
    replacedOnCopies.add(new Placed(path, content));
  }

  /** A move brought the content to a disk, whose peer will sign it as its own user's. */
  void arrived(RelativePath path, Content content) {
    arrived.add(new Placed(path, content));
  }

  /** A grantor of a pin signed the content, so that no later file of that name replaces it. */
  void pinned(PeerName grantor, StoreId store, RelativePath path, Version version) {
    for (StoreId id : store.all()) {
      long counter = version.vector().counter(id);
      if (counter > 0 && signatures.isNew(path, id, counter)) {
        signatures.add(grantor, id, path, version.content(), version.vector(), version);
      }
    }
    pinned.add(new Placed(path, version.content()));
  }

  /** As {@link #mayReturn} of all that moves brought to a disk at the path. */
  void arrivalsMayReturn(RelativePath path, Excuse why) {
    arrived.stream()
        .filter(placed -> placed.path().equals(path))
        .forEach(placed -> mayReturn.putIfAbsent(placed, why));
  }

  List<Event> events() {
    return events;
  }

  int size() {
    return events.size();
  }

  /** How peers signed what users did. */
  Signatures signatures() {
    return signatures;
  }

  /**
   * {@code peer}'s changes from the {@code from}th event on are lost, as are its restored files.
   */
  void doubt(String peer, int from, Excuse why) {
    doubt(peer, from, _ -> true, why);
  }

  /** As {@link #doubt}, of some paths. */
  void doubt(String peer, int from, Predicate<RelativePath> paths, Excuse why) {
    doubt(peer, events.subList(from, events.size()), event -> paths.test(event.path()), why);
  }

  /** {@code peer}'s choices so far may be lost, where nobody knows of them. */
  void doubtChoices(String peer, Excuse why) {
    doubt(peer, events, choices::contains, why);
  }

  private void doubt(String peer, List<Event> some, Predicate<Event> which, Excuse why) {
    for (Event event : some) {
      if (event.peer().equals(peer) && which.test(event)) {
        uncertain.putIfAbsent(event, why);
        if (isRestored(event.placedMade())) {
          replaced.add(event.placedMade());
          wanted.remove(event.placedMade());
        }
      }
    }
  }

  /**
   * The position of the first change of {@code peer}'s users that replaced one of these contents,
   * or of {@code otherwise} if there is none before that.
   */
  int firstReplacing(String peer, Set<Placed> contents, int otherwise) {
    for (int i = 0; i < otherwise; i++) {
      if (events.get(i).peer().equals(peer) && contents.contains(events.get(i).placedBase())) {
        return i;
      }
    }
    return otherwise;
  }

  /** Nobody knows of the content any more. */
  void lose(RelativePath path, Content content, Excuse why) {
    lost.putIfAbsent(new Placed(path, content), why);
  }

  /** The reason for which nobody needs to know of the content. */
  Optional<Excuse> mayBeForgotten(Placed placed) {
    Excuse why = lost.get(placed);
    if (why == null && gone.containsKey(placed) && dropped.contains(placed)) {
      why = Excuse.DROPPED_FOR_LOST_COPY;
    }
    return Optional.ofNullable(why);
  }

  /** An old content came back to a disk in a way that nobody can tell from a user's wish. */
  void mayReturn(RelativePath path, Content content, Excuse why) {
    mayReturn.putIfAbsent(new Placed(path, content), why);
  }

  /** All that was signed under an identity may come up again. */
  void mayReturn(StoreId identity, Excuse why) {
    signatures.under(identity).forEach(signed -> mayReturn(signed.path(), signed.made(), why));
  }

  /** True if the content is wanted, although somebody removed or replaced it before. */
  boolean isRestored(Placed placed) {
    return everReplaced.contains(placed) && !replaced.contains(placed);
  }

  /** True if some user removed or replaced exactly this content there, and none restored it. */
  boolean isReplaced(Placed placed) {
    return replaced.contains(placed);
  }

  /**
   * The reason for which a version may be current whose content was removed or replaced. It may not
   * if somebody removed the content who knew of every change that the version stands for: those
   * that made the content, and those that it absorbed.
   *
   * @param known the versions of the path that anybody knows: what its author forgot of a removal
   *     is no reason where one of them stands for it
   */
  Optional<Excuse> mayBeBack(RelativePath path, Version version, List<Version> known) {
    Placed placed = new Placed(path, version.content());
    List<Event> removals = standingRemovals(placed);
    List<Event> certain =
        removals.stream()
            .filter(e -> !uncertain.containsKey(e) || signatures.isKnown(e, known))
            .toList();
    if (removals.isEmpty()) {
      return Optional.of(Excuse.WRITTEN_AGAIN);
    }
    if (certain.isEmpty()) {
      return Optional.ofNullable(uncertain.get(removals.getFirst()));
    }
    if (mayReturn.containsKey(placed)) {
      return Optional.ofNullable(mayReturn.get(placed));
    }
    if (certain.stream().noneMatch(removal -> knewMakings(removal, version))) {
      return madeUnknown(placed);
    }
    return certain.stream().anyMatch(e -> knewMakings(e, version) && knewAbsorbed(e, version))
        ? Optional.empty()
        : Optional.of(Excuse.ABSORBED_ANOTHER);
  }

  private Optional<Excuse> madeUnknown(Placed placed) {
    if (arrived.contains(placed)) {
      return Optional.of(Excuse.ARRIVED_UNKNOWN);
    }
    if (pinned.contains(placed)) {
      return Optional.of(Excuse.PINNED_UNKNOWN);
    }
    return making(placed).size() > 1 ? Optional.of(Excuse.WRITTEN_AGAIN) : Optional.empty();
  }

  /**
   * True if {@code peer} signed a change that made the version's content, and all who removed the
   * content deleted it without knowing of that change: no deletion may hide it.
   */
  boolean outlivesDeletions(PeerName peer, RelativePath path, Version version) {
    List<Signature> own =
        signatures.makingOf(path, version).stream().filter(s -> s.peer().equals(peer)).toList();
    return !own.isEmpty()
        && removals(new Placed(path, version.content())).stream()
            .allMatch(removal ->
                removal.made().isAbsent() && own.stream().noneMatch(s -> isKnown(removal, s)));
  }

  private List<Event> removals(Placed placed) {
    return events.stream()
        .filter(event -> event.placedBase().equals(placed))
        .filter(event -> !event.placedMade().equals(placed))
        .toList();
  }

  /** The removals of a content, but for those of users who made it again since. */
  private List<Event> standingRemovals(Placed placed) {
    List<Event> removals = new ArrayList<>();
    for (Event event : events) {
      if (event.placedMade().equals(placed)) { // also where it is put in its own place
        removals.removeIf(removal -> removal.peer().equals(event.peer()));
      } else if (event.placedBase().equals(placed)) {
        removals.add(event);
      }
    }
    return removals;
  }

  private boolean knewMakings(Event removal, Version version) {
    return signatures.makingOf(removal.path(), version).stream()
        .allMatch(made -> isKnown(removal, made));
  }

  private boolean isKnown(Event removal, Signature change) {
    return signatures.isKnownTo(removal, change);
  }

  private boolean knewAbsorbed(Event removal, Version version) {
    return signatures.absorbed(removal.path(), version).stream()
        .filter(this::isByUser)
        .allMatch(change -> isKnown(removal, change));
  }

  /** False for what a peer signed without cause. */
  private boolean isByUser(Signature change) {
    Placed made = new Placed(change.path(), change.made());
    return mayReturn.containsKey(made)
        || arrived.contains(made)
        || making(made).stream().anyMatch(e -> e.peer().equals(change.peer().value()));
  }
}
