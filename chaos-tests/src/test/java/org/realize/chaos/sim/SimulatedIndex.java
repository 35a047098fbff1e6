package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.DropIntents;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Rows;
import org.realize.sync.rules.AnnounceRules;
import org.realize.sync.rules.LocalRules;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.LocalRules.Sighting;

/** Keeps a peer's index in step with its disk, one commit per path, as the local rules say. */
final class SimulatedIndex {

  private static final Rows<Boolean> SCANNED = Rows.flag("sim.scanned");

  private final SimulatedPeer peer;
  private final Signatures signatures;

  SimulatedIndex(SimulatedPeer peer, Signatures signatures) {
    this.peer = peer;
    this.signatures = signatures;
  }

  /** Compares everything; returns the number of paths that a user had changed. */
  int scan() throws RealizeException {
    boolean first = peer.arena().read(reader -> reader.row(SCANNED).isEmpty());
    int changed = 0;
    for (Map.Entry<RelativePath, SimulatedDisk.Item> entry : peer.disk().items().entrySet()) {
      changed += seen(entry.getKey(), entry.getValue(), first) ? 1 : 0;
    }
    for (RelativePath path : indexed()) {
      if (peer.disk().at(path).isEmpty()) {
        gone(path);
        changed++;
      }
    }
    if (first) {
      peer.arena()
          .write(writer -> {
            writer.putRow(SCANNED, true);
            return 0;
          });
    }
    return changed;
  }

  /** True once the peer, which runs, has looked at its whole root. */
  static boolean isScanned(SimulatedPeer peer) throws RealizeException {
    return peer.arena().read(reader -> reader.row(SCANNED).isPresent());
  }

  /** True if the index knows the file as the one that it is. */
  static boolean isIndexed(Optional<PathState> state, SimulatedDisk.Item item) {
    RealVersion real = state.map(PathState::real).orElse(null);
    return real != null && real.stat() != null && real.stat().sameFile(item.stat());
  }

  /** A removal, unless the file was to be dropped. */
  private void gone(RelativePath path) throws RealizeException {
    long counter = nextCounter();
    peer.arena()
        .write(writer -> {
          if (!DropIntents.takeOver(writer, required(writer.path(path).orElse(null)))) {
            put(
                writer,
                path,
                (before, author) -> LocalRules.removed(required(before), author),
                counter);
          }
          return 0;
        });
  }

  private boolean seen(RelativePath path, SimulatedDisk.Item item, boolean first)
      throws RealizeException {
    PathState known = peer.arena().read(reader -> reader.path(path).orElse(null));
    if (peer.ignored().contains(path) && (known == null || known.real() == null)) {
      return false;
    }
    long now = peer.time().unixMillis() * 1_000_000;
    switch (LocalRules.difference(known, item.content(), item.stat())) {
      case CONTENT -> {
        Sighting sighting = new Sighting(item.content(), item.stat(), now, item.from(), first);
        commit(path, (before, author) -> LocalRules.changed(before, path, sighting, author));
      }
      case METADATA ->
          commit(
              path,
              (before, author) ->
                  LocalRules.metadataChanged(required(before), item.stat(), now, author));
      case NONE -> {
        return false;
      }
    }
    return true;
  }

  /** Paths of which the index says that something is on the disk. */
  private List<RelativePath> indexed() throws RealizeException {
    List<RelativePath> paths = new ArrayList<>();
    for (PathState state : peer.arena().read(reader -> reader.feed(0, Integer.MAX_VALUE))) {
      if (state.realStat() != null) {
        paths.add(state.path());
      }
    }
    return paths;
  }

  /**
   * Brings the disk to what is shown, if the disk is as it was indexed: what the engine's job does
   * in one step that no crash divides. Returns true if anything changed.
   */
  boolean adopt(RelativePath path) throws RealizeException {
    PathState before = peer.arena().read(reader -> reader.path(path).orElse(null));
    if (before == null || !mayAdopt(before, path)) {
      return false;
    }
    Content shown = before.shown().content();
    Metadata metadata = before.metadata();
    SimulatedDisk.@Nullable Item item =
        shown.isAbsent()
            ? null
            : new SimulatedDisk.Item(
                shown, metadata.mode(), metadata.mtime(), before.announcedSeq(), null);
    RealVersion real = new RealVersion(before.shown(), item == null ? null : item.stat(), 0);
    PathState after = before.withReal(real);
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
    if (item == null) {
      peer.disk().remove(path);
    } else {
      peer.disk().put(path, item);
    }
    return true;
  }

  private boolean mayAdopt(PathState state, RelativePath path) {
    SimulatedDisk disk = peer.disk();
    RealVersion real = state.real();
    Content indexed = state.realContent();
    Content shown = state.shown().content();
    boolean unchanged =
        disk.contentAt(path).equals(indexed)
            && disk.at(path).map(i -> real != null && i.stat().equals(real.stat())).orElse(true);
    boolean empty = disk.subtree(path).size() <= 1;
    return unchanged
        && (!shown.equals(indexed) || !sameMetadata(state))
        && state
            .shown()
            .vector()
            .covers(real == null ? VersionVector.EMPTY : real.version().vector())
        && (shown instanceof Content.Directory || empty)
        && (shown.isAbsent() || disk.hasParent(path));
  }

  private static boolean sameMetadata(PathState state) {
    FileStat stat = state.realStat();
    return stat == null
        || (stat.mode() == state.metadata().mode()
            && stat.mtime().equals(state.metadata().mtime()));
  }

  /** One step of the rules. */
  private interface Rule {
    PathState apply(@Nullable PathState before, Author author);
  }

  private void commit(RelativePath path, Rule rule) throws RealizeException {
    long counter = nextCounter();
    peer.arena()
        .write(writer -> {
          put(writer, path, rule, counter);
          return 0;
        });
  }

  private long nextCounter() {
    return new FaultyGlobalStore(peer.state(), peer.faults()).nextCounter(peer.time().unixMillis());
  }

  private void put(ArenaWriter writer, RelativePath path, Rule rule, long counter)
      throws StorageFailed {
    Author author = new Author(peer.state().identity().store(), counter, writer.nextSeq());
    PathState before = writer.path(path).orElse(null);
    PathState after = rule.apply(before, author);
    writer.put(after);
    RealVersion real = after.real();
    if (real == null) {
      return;
    }
    for (StoreId id : author.store().all()) {
      if (real.version().vector().counter(id) >= counter) {
        Content replaced = indexed(before);
        signatures.add(peer.name(), id, path, replaced, base(before, replaced), real.version());
      }
    }
  }

  private static Content indexed(@Nullable PathState state) {
    return state == null || state.real() == null
        ? new Content.Absent()
        : state.real().version().content();
  }

  /** What goes into a change: all that is known of what was on the disk, if anything ever was. */
  private static VersionVector base(@Nullable PathState before, Content replaced) {
    return before == null || before.real() == null
        ? VersionVector.EMPTY
        : NaiveMaxima.known(before).stream()
            .filter(version -> version.content().equals(replaced))
            .map(Version::vector)
            .reduce(VersionVector.EMPTY, VersionVector::join);
  }

  private static PathState required(@Nullable PathState state) {
    if (state == null) {
      throw new IllegalStateException("a path without state was indexed");
    }
    return state;
  }
}
