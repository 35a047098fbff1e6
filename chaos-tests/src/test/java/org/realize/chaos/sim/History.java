package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.HashSet;
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
  private final Signatures signatures = new Signatures();
  private int files;

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
  }

  boolean isLost(RelativePath path, Content content) {
    return lost.contains(new Placed(path, content));
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
    return events.stream().anyMatch(e -> e.path().equals(path) && e.base().equals(content));
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
            .anyMatch(e -> !uncertain.contains(e) && knewAll(e, version));
  }

  private boolean knewAll(Event removal, Version version) {
    return signatures.absorbed(removal.path(), version).stream()
        .filter(this::isByUser)
        .allMatch(
            change -> signatures.isKnownTo(new PeerName(removal.peer()), removal.base(), change));
  }

  /** False for what a peer signed without cause. */
  private boolean isByUser(Signature change) {
    return mayReturn.contains(new Placed(change.path(), change.made()))
        || events.stream()
            .anyMatch(e ->
                e.peer().equals(change.peer().value())
                    && e.path().equals(change.path())
                    && e.made().equals(change.made()));
  }
}
