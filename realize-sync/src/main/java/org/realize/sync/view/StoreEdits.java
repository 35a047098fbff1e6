package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.index.ReplacedVersions;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.TreeRename;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules;

/**
 * The changes that programs make, through the mount, to names that only the store shows: each is
 * one commit. A name whose state is another by then fails with ESTALE, and is to be looked at
 * again. Thread-safe.
 */
final class StoreEdits {

  private final Arena arena;
  private final GlobalStore global;

  StoreEdits(Arena arena, GlobalStore global) {
    this.arena = arena;
    this.global = global;
  }

  private interface Edit {
    void run(ArenaWriter writer, LocalRules.Author author) throws RealizeException;
  }

  private void commit(Edit edit) throws RealizeException {
    long counter = global.nextCounter(arena.time().unixMillis());
    var store = global.identity().store();
    arena
        .store()
        .write(writer -> {
          edit.run(writer, new LocalRules.Author(store, counter, writer.nextSeq()));
        });
  }

  private static PathState shown(ArenaWriter writer, RelativePath path) throws RealizeException {
    Optional<PathState> state = writer.path(path);
    if (state.isEmpty() || state.get().shown().isTombstone()) {
      throw new CallFailed("change '" + path + "': it shows nothing now", Errno.ESTALE);
    }
    return state.get();
  }

  /** Removes what {@code path} shows, where it is not on the disk. */
  void remove(RelativePath path) throws RealizeException {
    commit((writer, author) -> {
      PathState state = shown(writer, path);
      ReplacedVersions.forget(writer, path);
      writer.put(LocalRules.unlinked(state, author));
    });
  }

  /**
   * Removes a name at which the mount shows something of the disk, of which the store may not know
   * yet, in place of what {@code path} shows: that was seen only where it was noted as replaced.
   *
   * @param base what that was made of besides; empty if nothing is known of it
   */
  void removeOlder(RelativePath path, VersionVector base) throws RealizeException {
    commit((writer, author) -> {
      PathState state = shown(writer, path);
      VersionVector replaced = ReplacedVersions.base(writer, path).join(base);
      ReplacedVersions.forget(writer, path);
      writer.put(LocalRules.unlinkedOlder(state, replaced, author));
    });
  }

  /** True if a peer has changed or removed a file since a program opened it. */
  boolean isOvertaken(OpenedBase opened) throws RealizeException {
    var store = global.identity().store();
    return arena
        .store()
        .<Optional<PathState>>read(reader -> reader.path(opened.path()))
        .filter(state -> ConflictRules.isOvertaken(opened.version(), state, store))
        .isPresent();
  }

  /**
   * Notes that a program is about to put something else on the disk than what {@code path} shows.
   */
  void replacing(RelativePath path) throws RealizeException {
    Optional<PathState> state = arena.store().read(reader -> reader.path(path));
    boolean isSeen =
        state.isPresent()
            && !state.get().shown().isTombstone()
            && !state.get().isReal(state.get().shown().content());
    if (isSeen) {
      arena
          .store()
          .write(writer -> {
            PathState now = shown(writer, path);
            ReplacedVersions.note(writer, path, now.shown().vector());
          });
    }
  }

  /**
   * As the other, of a version that a program saw there, whatever is shown by now: with all that is
   * known of that content, which a peer may have signed since.
   */
  void replacing(RelativePath path, Version seen) throws RealizeException {
    arena
        .store()
        .write(writer -> {
          VersionVector known = seen.vector();
          for (Version version : writer.path(path).map(Judgement::known).orElse(List.of())) {
            known = version.content().equals(seen.content()) ? known.join(version.vector()) : known;
          }
          ReplacedVersions.note(writer, path, known);
        });
  }

  /** Notes that a program is about to replace what is on the disk, as indexed. */
  void replacingReal(RelativePath path) throws RealizeException {
    Optional<RealVersion> real =
        arena
            .store()
            .<Optional<PathState>>read(reader -> reader.path(path))
            .flatMap(state -> Optional.ofNullable(state.real()));
    if (real.isPresent()) {
      replacing(path, real.get().version());
    }
  }

  /**
   * True if {@link #rename} can give a name, at which programs see nothing, to another file: the
   * store shows nothing there either, or only what is not indexed as removed.
   *
   * @param isVacated a call of this mount took away what the disk had there; of other absences the
   *     index decides, which knows whether the disk is the one that was indexed
   */
  boolean canTake(RelativePath to, boolean isVacated) throws RealizeException {
    return arena.store().<Boolean>read(reader -> canTake(reader, to, isVacated));
  }

  private static boolean canTake(ArenaReader reader, RelativePath to, boolean isVacated)
      throws StorageFailed {
    PathState state = reader.path(to).orElse(null);
    if (state == null || (state.shown().isTombstone() && state.realStat() == null)) {
      return true;
    }
    Node node = RootedNames.find(reader, to);
    return isVacated
        && state.realStat() != null
        && (state.shown().isTombstone() || state.isReal(state.shown().content()))
        && (node == null || reader.list(node.inode(), 0, 1).isEmpty())
        && !reader.marks().containsKey(to) // which may have to follow the file to another name
        && !ApplyProtocol.open(reader).mayMiss(to);
  }

  /**
   * Gives what {@code from} shows, a file or link that is not on the disk, a name at which programs
   * see nothing. What was on the disk there, and is not indexed as removed, is removed by the same
   * commit.
   *
   * @param isVacated as {@link #canTake} has it
   */
  void rename(RelativePath from, RelativePath to, Inode inode, boolean isVacated)
      throws RealizeException {
    commit((writer, author) -> {
      PathState source = shown(writer, from);
      if (!canTake(writer, to, isVacated)) {
        throw new CallFailed("rename to '" + to + "': it shows something now", Errno.ESTALE);
      }
      writer.put(LocalRules.unlinked(source, author));
      PathState target = writer.path(to).orElse(null);
      if (target != null && target.realStat() != null) {
        ReplacedVersions.forget(writer, to);
        target = LocalRules.removed(target, next(author, writer));
      }
      writer.put(
          LocalRules.added(
              target, to, source.shown().content(), source.metadata(), from, next(author, writer)),
          inode);
    });
  }

  /** The author of a further change of the same commit. */
  private static LocalRules.Author next(LocalRules.Author author, ArenaWriter writer)
      throws StorageFailed {
    return new LocalRules.Author(author.store(), author.counter(), writer.nextSeq());
  }

  /**
   * The rename of a directory with all that is known below it, as this store's user makes it.
   * Earlier renames that touch the names are announced first, in a thread that may wait.
   */
  TreeRename tree(RelativePath from, RelativePath to) throws RealizeException {
    long counter = global.nextCounter(arena.time().unixMillis());
    TreeRename rename = new TreeRename(from, to, global.identity().store(), counter);
    if (arena.store().<Boolean>read(reader -> ApplyProtocol.isTouched(reader, rename))) {
      PeerWaits.require("announce an earlier rename");
      ApplyProtocol.settle(arena.store(), rename);
    }
    String action = "rename '" + from + "' to '" + to + "'";
    if (arena.store().<Boolean>read(reader -> ApplyProtocol.holdsPlaces(reader, rename))) {
      throw new CallFailed(action + ": another file system is below", Errno.EXDEV);
    }
    if (!arena.store().<Boolean>read(reader -> reader.fits(from, to))) {
      throw new CallFailed(action, Errno.ENAMETOOLONG);
    }
    return rename;
  }

  /** True if the store can rename it: nothing is visible there below the new name. */
  boolean canCommit(TreeRename rename) throws RealizeException {
    return arena.store().<Boolean>read(reader -> ApplyProtocol.canCommit(reader, rename));
  }

  /** Renames a directory of which nothing is on the disk, to a name where nothing is. */
  void renameTree(TreeRename rename, Inode directory) throws RealizeException {
    arena
        .store()
        .write(writer -> {
          Node now = RootedNames.find(writer, rename.from());
          if (now == null
              || !now.inode().equals(directory)
              || ApplyProtocol.isTouched(writer, rename)
              || !ApplyProtocol.canCommit(writer, rename)) {
            throw new CallFailed("'" + rename.from() + "' is another now", Errno.ESTALE);
          }
          ApplyProtocol.commit(writer, rename);
        });
  }

  /** Changes mode and mtime of what {@code path} shows; null for what stays. */
  void setMetadata(RelativePath path, @Nullable Integer mode, @Nullable FileTime mtime)
      throws RealizeException {
    commit((writer, author) ->
        writer.put(LocalRules.metadataSet(shown(writer, path), mode, mtime, author)));
  }
}
