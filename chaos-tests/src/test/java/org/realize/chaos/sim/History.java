package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.realize.chaos.sim.Signatures.Signature;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;

/** What users did, seen from outside: at which path they put what in the place of what. */
final class History {

  /**
   * A change that a user made on a disk.
   *
   * @param base what the user saw there, absent if nothing
   * @param made what the user left there, absent if nothing
   */
  record Event(String peer, RelativePath path, Content base, Content made) {}

  /** A content at a path. */
  record Placed(RelativePath path, Content content) {}

  private final List<Event> events = new ArrayList<>();
  private final Set<Event> uncertain = new HashSet<>();
  private final Set<Placed> lost = new HashSet<>();
  private final Set<Placed> mayReturn = new HashSet<>();
  private final Set<Placed> replaced = new HashSet<>();
  private final Set<Placed> wanted = new LinkedHashSet<>();
  private final Set<Placed> gone = new HashSet<>();
  private final Set<Placed> arrived = new HashSet<>();
  private final Set<Placed> dropped = new HashSet<>();
  private final Signatures signatures = new Signatures();
  private int files;
  private long fileKeys = 1L << 32; // above those of users

  /** Bytes that were never there before. */
  Content fresh() {
    return file("file " + files++);
  }

  /** Bytes that come up again and again. */
  static Content common(int which) {
    return file("common " + Math.floorMod(which, 3));
  }

  private static Content file(String bytes) {
    return new Content.File(new ContentHash(bytes.hashCode(), 1, 2, 3), 9);
  }

  void add(Event event) {
    events.add(event);
    Placed base = new Placed(event.path(), event.base());
    Placed made = new Placed(event.path(), event.made());
    replaced.add(base);
    wanted.remove(base);
    if (event.made() instanceof Content.File && !replaced.contains(made)) {
      wanted.add(made);
    }
  }

  /** The files that users wrote and no user removed or replaced, and that some disk must have. */
  Set<Placed> wanted() {
    return wanted;
  }

  /** The bytes went with a disk, or were dropped for a copy that went with a disk. */
  void giveUp(RelativePath path, Content content) {
    Placed placed = new Placed(path, content);
    wanted.remove(placed);
    gone.add(placed);
  }

  /** A peer dropped the file: what it did not know of it from others is known no more. */
  void dropped(RelativePath path, Content content) {
    dropped.add(new Placed(path, content));
  }

  /** A move brought the content to a disk, whose peer will sign it as its own user's. */
  void arrived(RelativePath path, Content content) {
    arrived.add(new Placed(path, content));
  }

  /** As {@link #mayReturn} of all that moves brought to a disk at the path. */
  void arrivalsMayReturn(RelativePath path) {
    arrived.stream().filter(placed -> placed.path().equals(path)).forEach(mayReturn::add);
  }

  /** What tells files apart that users did not make. */
  long nextFileKey() {
    return fileKeys++;
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

  /** {@code peer}'s changes from the {@code from}th event on went with its disk. */
  void doubt(String peer, int from) {
    for (Event event : events.subList(from, events.size())) {
      if (event.peer().equals(peer)) {
        uncertain.add(event);
      }
    }
  }

  void lose(RelativePath path, Content content) {
    lost.add(new Placed(path, content));
    giveUp(path, content);
  }

  boolean isLost(RelativePath path, Content content) {
    Placed placed = new Placed(path, content);
    return lost.contains(placed) || (gone.contains(placed) && dropped.contains(placed));
  }

  /** An old content came back to a disk in a way that nobody can tell from a user's wish. */
  void mayReturn(RelativePath path, Content content) {
    mayReturn.add(new Placed(path, content));
  }

  /** All that {@code peer}'s users made may come up again. */
  void mayReturn(String peer) {
    events.stream()
        .filter(event -> event.peer().equals(peer))
        .forEach(event -> mayReturn(event.path(), event.made()));
  }

  /** True if some user removed or replaced exactly this content there. */
  boolean isReplaced(RelativePath path, Content content) {
    return replaced.contains(new Placed(path, content));
  }

  /**
   * True if the content was written once, by one user, and then surely removed or replaced, by a
   * user who knew of all that {@code version} stands for. A content that absorbed what other users
   * wrote stands for that too, and is shown until somebody removes it who knows of them.
   */
  boolean mustBeGone(RelativePath path, Version version) {
    Content content = version.content();
    if (!(content instanceof Content.File) || mayReturn.contains(new Placed(path, content))) {
      return false;
    }
    long written =
        events.stream().filter(e -> e.path().equals(path) && e.made().equals(content)).count();
    return written <= 1
        && events.stream()
            .filter(e -> e.path().equals(path) && e.base().equals(content))
            .anyMatch(
                e -> !uncertain.contains(e) && knewAll(e, version) && knewArrivals(e, version));
  }

  /** Who was moved a file, and knew of no removal of it, has it as if a user had written it. */
  private boolean knewArrivals(Event removal, Version version) {
    return !arrived.contains(new Placed(removal.path(), version.content()))
        || signatures.makingOf(removal.path(), version).stream()
            .allMatch(made -> isKnown(removal, made));
  }

  private boolean isKnown(Event removal, Signature change) {
    return signatures.isKnownTo(new PeerName(removal.peer()), removal.base(), change);
  }

  private boolean knewAll(Event removal, Version version) {
    return signatures.absorbed(removal.path(), version).stream()
        .filter(this::isByUser)
        .allMatch(change -> isKnown(removal, change));
  }

  /** False for what a peer signed without cause. */
  private boolean isByUser(Signature change) {
    Placed made = new Placed(change.path(), change.made());
    return mayReturn.contains(made)
        || arrived.contains(made)
        || events.stream()
            .anyMatch(e ->
                e.peer().equals(change.peer().value())
                    && e.path().equals(change.path())
                    && e.made().equals(change.made()));
  }
}
