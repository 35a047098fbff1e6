package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.rules.AnnounceRules;

/**
 * A stand-in for the one part of the product that does not exist: the job that brings a peer's disk
 * to what it shows. It decides and acts in one step, which no crash divides, with bytes that come
 * from nowhere. All other parts of a peer are the product's own.
 */
final class SimulatedEngine {

  private final SimulatedPeer peer;

  SimulatedEngine(SimulatedPeer peer) {
    this.peer = peer;
  }

  /** The paths where {@link #adopt} changes the disk. */
  List<RelativePath> due() throws RealizeException {
    List<RelativePath> due = new ArrayList<>();
    for (PathState state : peer.knowledge(Users.PATHS)) {
      if (mayAdopt(state)) {
        due.add(state.path());
      }
    }
    return due;
  }

  /** Brings the disk to what is shown, if the disk is as it was indexed; true if it changed. */
  boolean adopt(RelativePath path) throws RealizeException {
    PathState before = peer.arena().read(reader -> reader.path(path).orElse(null));
    if (before == null || !mayAdopt(before)) {
      return false;
    }
    Content shown = before.shown().content();
    Metadata metadata = before.metadata();
    if (shown.isAbsent()) {
      peer.disk().remove(path);
    } else {
      peer.disk().put(path, shown, metadata.mode(), metadata.mtime());
    }
    FileStat stat = peer.disk().at(path).map(SimulatedDisk.Item::stat).orElse(null);
    long now = peer.time().unixMillis() * 1_000_000;
    PathState after = before.withReal(new RealVersion(before.shown(), stat, now));
    peer.state()
        .memoryArena(SimulatedPeer.ARENA)
        .write(writer -> {
          writer.put(
              AnnounceRules.isNews(before, after, Mark.OWN)
                  ? after.announcedAt(writer.nextSeq())
                  : after);
          return 0;
        });
    peer.state().memoryArena(SimulatedPeer.ARENA).force();
    return true;
  }

  private boolean mayAdopt(PathState state) throws RealizeException {
    RelativePath path = state.path();
    SimulatedDisk disk = peer.disk();
    RealVersion real = state.real();
    VersionVector replaced = real == null ? VersionVector.EMPTY : real.version().vector();
    Content shown = state.shown().content();
    boolean isEmpty = disk.subtree(path).size() <= 1;
    return isAsIndexed(state)
        && !peer.ignores(path)
        && (!shown.equals(state.realContent()) || !hasMetadata(state))
        && state.shown().vector().covers(replaced)
        && (shown instanceof Content.Directory || isEmpty)
        && (shown.isAbsent() || (disk.hasParent(path) && isParentIndexed(path)));
  }

  /** True if the directory above is known to be one: what goes with it is looked for below it. */
  private boolean isParentIndexed(RelativePath path) throws RealizeException {
    RelativePath parent = path.parent().orElse(RelativePath.ROOT);
    return parent.isRoot()
        || peer.knowledge(List.of(parent)).stream()
            .anyMatch(state -> state.realContent() instanceof Content.Directory);
  }

  private boolean isAsIndexed(PathState state) {
    List<SimulatedDisk.Item> items = peer.disk().at(state.path()).stream().toList();
    return items.isEmpty()
        ? state.realContent().isAbsent()
        : items.getFirst().content().equals(state.realContent())
            && items.getFirst().stat().equals(state.realStat());
  }

  private static boolean hasMetadata(PathState state) {
    FileStat stat = state.realStat();
    return stat == null
        || stat.kind() == FileStat.Kind.LINK
        || (stat.mode() == state.metadata().mode()
            && (stat.kind() == FileStat.Kind.DIRECTORY
                || stat.mtime().equals(state.metadata().mtime())));
  }
}
