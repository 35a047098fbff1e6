package org.realize.chaos.sim;

import java.util.List;
import java.util.Random;
import org.realize.chaos.sim.History.Base;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ManualTime;

/** The changes of users to the files on one machine, with the history's note of each. */
final class Users {

  /** Few enough that everybody meets. */
  static final List<RelativePath> PATHS =
      List.of(
          RelativePath.of("a"),
          RelativePath.of("b"),
          RelativePath.of("d"),
          RelativePath.of("d/x"),
          RelativePath.of("d/e"),
          RelativePath.of("d/e/y"),
          RelativePath.of("f"),
          RelativePath.of("f/x"),
          RelativePath.of("f/e"),
          RelativePath.of("f/e/y"));

  private final History history;
  private final ManualTime time;
  private long tick;

  Users(History history, ManualTime time) {
    this.history = history;
    this.time = time;
  }

  void write(SimulatedPeer peer, RelativePath path, Content content) {
    if (peer.disk().isDirectory(path) || peer.disk().isFull()) {
      return;
    }
    parents(peer, path);
    if (peer.disk().hasParent(path)) {
      put(peer, path, content, peer.disk().at(path).map(item -> item.stat().mode()).orElse(0644));
    }
  }

  /** Restores by hand what some user had left there once. */
  void revert(SimulatedPeer peer, RelativePath path, int which) {
    List<Content> files = history.filesAt(path);
    if (!files.isEmpty()) {
      write(peer, path, files.get(which % files.size()));
    }
  }

  void makeDirectory(SimulatedPeer peer, RelativePath path) {
    if (peer.disk().at(path).isEmpty()) {
      parents(peer, path);
      if (peer.disk().hasParent(path)) {
        put(peer, path, new Content.Directory(), 0755);
      }
    }
  }

  void makeLink(SimulatedPeer peer, RelativePath path, int target) {
    if (peer.disk().at(path).isEmpty() && peer.disk().hasParent(path)) {
      put(peer, path, new Content.Link("target " + target % 3), 0777);
    }
  }

  void delete(SimulatedPeer peer, RelativePath path) {
    for (RelativePath below : peer.disk().subtree(path).reversed()) {
      note(peer, below, new Content.Absent());
      peer.disk().remove(below);
    }
  }

  void deleteAll(SimulatedPeer peer) {
    PATHS.stream().filter(path -> peer.disk().at(path).isPresent()).forEach(p -> delete(peer, p));
  }

  void rename(SimulatedPeer peer, RelativePath from, RelativePath to) {
    SimulatedDisk disk = peer.disk();
    boolean possible =
        disk.at(from).isPresent()
            && disk.at(to).isEmpty()
            && disk.hasParent(to)
            && !from.contains(to)
            && !to.contains(from);
    if (!possible) {
      return;
    }
    List<RelativePath> moving = disk.subtree(from);
    if (!PATHS.containsAll(
        moving.stream().map(path -> SimulatedDisk.moved(path, from, to)).toList())) {
      return;
    }
    for (RelativePath path : moving) {
      note(peer, SimulatedDisk.moved(path, from, to), disk.contentAt(path));
    }
    for (RelativePath path : moving.reversed()) {
      note(peer, path, new Content.Absent());
    }
    disk.rename(from, to);
  }

  void changeMode(SimulatedPeer peer, RelativePath path, int mode) {
    peer.disk()
        .at(path)
        .filter(item -> !(item.content() instanceof Content.Link))
        .ifPresent(item -> peer.disk().change(path, mode & 0777, item.stat().mtime()));
  }

  void touch(SimulatedPeer peer, RelativePath path) {
    peer.disk().at(path).ifPresent(item -> peer.disk().change(path, item.stat().mode(), now()));
  }

  /** A user brings old files back, over what is there. */
  void bringBack(SimulatedPeer peer, SimulatedDisk old, Random random) {
    for (RelativePath path : PATHS) {
      old.at(path)
          .filter(_ -> random.nextBoolean())
          .filter(item -> !(item.content() instanceof Content.Directory))
          .ifPresent(item -> write(peer, path, item.content()));
    }
  }

  /**
   * Marks a path, or clears its mark.
   *
   * @param isHub true for the peer through which all others meet: it keeps everything
   */
  static void mark(SimulatedPeer peer, RelativePath path, int which, boolean isHub)
      throws RealizeException {
    Mark mark =
        switch (which % 4) {
          case 0 -> isHub ? Mark.KEEP : Mark.WATCH;
          case 1 -> Mark.KEEP;
          case 2 -> Mark.OWN;
          default -> null;
        };
    peer.mark(path, mark);
  }

  private void parents(SimulatedPeer peer, RelativePath path) {
    RelativePath parent = path.parent().orElse(RelativePath.ROOT);
    if (!parent.isRoot() && peer.disk().at(parent).isEmpty()) {
      makeDirectory(peer, parent);
    }
  }

  private void put(SimulatedPeer peer, RelativePath path, Content content, int mode) {
    boolean isSame = peer.disk().contentAt(path).equals(content);
    if (!isSame || (peer.isToBeReplaced(path, content) && history.hasChosen(peer, path, content))) {
      note(peer, path, content);
    }
    peer.disk().put(path, content, mode, now());
  }

  private void note(SimulatedPeer peer, RelativePath path, Content made) {
    Content base = peer.disk().contentAt(path);
    boolean isBased = peer.isScanned() && (!base.isAbsent() || peer.hasSeenRemoved(path));
    Base known = peer.isReplacedBeside(path, made) ? Base.BESIDE_REPLACEMENT : Base.SEEN;
    history.add(peer.name().value(), path, base, made, isBased ? known : Base.NONE);
  }

  private FileTime now() {
    return FileTime.ofNanos(time.unixMillis() * 1_000_000 + tick++);
  }
}
