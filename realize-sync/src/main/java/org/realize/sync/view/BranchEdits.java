package org.realize.sync.view;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branch;
import org.realize.sync.branch.BranchEnd;
import org.realize.sync.branch.Branches;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.FreeNames;
import org.realize.sync.real.Real;
import org.realize.sync.view.NameEdits.EditedParts;
import org.realize.sync.view.RootedArena.ChangedName;
import org.realize.sync.view.RootedNames.HiddenName;
import org.realize.sync.view.RootedNames.ShownEntry.InStore;
import org.realize.sync.view.RootedNames.ShownEntry.NoEntry;
import org.realize.sync.view.RootedNames.ShownEntry.OnBranch;
import org.realize.sync.view.RootedNames.ShownEntry.OnDisk;

/**
 * The branches of an arena with a root: where one begins, and how it takes its name. Thread-safe.
 */
final class BranchEdits implements BranchEnd {

  private final Arena arena;
  private final Real root;
  private final EditedParts parts;
  private final Branches branches;
  private final Consumer<ChangedName> changes;

  /**
   * The branches of {@code arena}.
   *
   * @param changes is notified of names that show a branch instead of a peer's version
   */
  BranchEdits(
      Arena arena, Real root, EditedParts parts, Branches branches, Consumer<ChangedName> changes) {
    this.arena = arena;
    this.root = root;
    this.parts = parts;
    this.branches = branches;
    this.changes = changes;
  }

  /** The branch of a file that only the store shows, by the same inode. Waits for no peer. */
  Branch begin(InStore in) throws RealizeException {
    RelativePath path = in.path();
    parts.rules().requireCertain(path);
    return parts
        .names()
        .still(() -> {
          EntryName at = parts.names().nameOf(in.node().inode());
          return begin(base(in), at, in.node().inode());
        });
  }

  /** What a program sees of a file that only the store shows. */
  OpenedBase base(InStore in) throws RealizeException {
    PathState state = state(in.path());
    if (!state.shown().content().equals(in.node().content())) {
      throw RootedNames.stale(in.node().inode());
    }
    return new OpenedBase(in.path(), state.shown(), in.node().mode());
  }

  /** ESTALE where the path has a branch of another version. */
  private Branch begin(OpenedBase base, EntryName at, Inode inode) throws RealizeException {
    Branch branch = branches.create(base.path(), base.version(), base.mode());
    if (!branch.base().equals(base.version())) {
      throw RootedNames.stale(inode);
    }
    DiskNode file = parts.disk().stat(branch.file());
    if (file == null) {
      throw RootedNames.stale(inode);
    }
    Inode ignored = parts.nodes().add(DiskKey.of(file.stat()), at, inode);
    return branch;
  }

  /**
   * Has open files, whose inode has no name any more, read and write a branch of what they were
   * opened as. Where a peer has changed or removed the file since, also on the disk, the branch has
   * its name, and the two are a conflict; else the name was removed or replaced by a program, and
   * the branch goes to the trash at the last close. It goes there, too, where a directory has the
   * name. Waits for peers where programs write to what the peer has made of it.
   */
  void attachLost(List<RootedFile> files, OpenedBase base, Inode inode) throws RealizeException {
    Branch named = NameEdits.attempt(() -> beginLost(base, inode));
    if (named != null) {
      attach(files, named);
      return;
    }
    Branch branch = branches.createNameless(base.path(), base.version(), base.mode());
    try {
      attach(files, branch);
    } finally {
      branches.release(branch);
    }
  }

  private @Nullable Branch beginLost(OpenedBase base, Inode inode) throws RealizeException {
    boolean isOvertaken = parts.edits().isOvertaken(base);
    if (isOvertaken) {
      parts.rules().requireCertain(base.path());
      completeOther(base);
      makeDirectory(base.path());
    }
    EntryName at = parts.names().lookUp(base.path());
    if (at == null) {
      return null;
    }
    Inode before = parts.names().inodeShown(at);
    Branch begun = parts.names().still(() -> beginLost(base, at, inode, isOvertaken));
    if (begun != null) {
      changes.accept(new ChangedName(at, before, parts.names().inodeShown(at)));
    }
    return begun;
  }

  private @Nullable Branch beginLost(
      OpenedBase base, EntryName at, Inode inode, boolean isOvertaken) throws RealizeException {
    return switch (parts.names().show(at)) {
      case InStore in -> in.isDirectory() ? null : begin(base, at, inode);
      case OnDisk found -> isOvertaken && !found.isDirectory() ? begin(base, at, inode) : null;
      case NoEntry _ -> isOvertaken ? begin(base, at, inode) : null;
      case OnBranch found -> {
        boolean isSame = found.branch().base().equals(base.version());
        if (isOvertaken && !isSame) {
          throw RootedNames.stale(inode);
        }
        yield isSame ? found.branch() : null;
      }
    };
  }

  /** Completes the branch of another version that the path shows, so that the name is free. */
  private void completeOther(OpenedBase base) throws RealizeException {
    Branch other = branches.at(base.path());
    if (other != null && !other.base().equals(base.version())) {
      complete(other);
    }
  }

  /** Makes the directory again in which a file was opened, if peers have removed it. */
  private void makeDirectory(RelativePath path) throws RealizeException {
    RelativePath directory = path.parent().orElse(RelativePath.ROOT);
    if (parts.names().lookUp(path) == null && !directory.isRoot()) {
      parts.copies().makeDirectories(directory);
    }
  }

  private PathState state(RelativePath path) throws RealizeException {
    Optional<PathState> state = arena.store().read(reader -> reader.path(path));
    return state.orElseThrow(() -> new CallFailed("no '" + path + "'", Errno.ESTALE));
  }

  /** Has open files read and write a branch, those that have no file yet. */
  void attach(List<RootedFile> files, Branch branch) throws RealizeException {
    for (RootedFile file : files) {
      if (!branch.use()) {
        throw RootedNames.stale(file.inode());
      }
      boolean isUsed = false;
      try {
        EditedFile attributes = open(branch, file.inode());
        isUsed = file.branched(branch, attributes);
        if (!isUsed) {
          attributes.close();
        }
      } finally {
        if (!isUsed) {
          branches.release(branch);
        }
      }
    }
  }

  /** Its file, which may be getting its name at this moment. */
  private EditedFile open(Branch branch, Inode inode) throws RealizeException {
    for (RelativePath path : List.of(branch.file(), branch.path())) {
      try {
        EditedFile file = parts.disk().open(path, OpenFlags.READ, NodeEdits.DAEMON);
        if (branch.isFile(file.stat().stat())) {
          return file;
        }
        file.close();
      } catch (CallFailed e) {
        if (e.errno() != Errno.ENOENT) {
          throw e;
        }
      }
    }
    throw RootedNames.stale(inode);
  }

  /** A handle on a branch was closed. */
  void closed(Branch branch) {
    branches.closed(branch);
    branches.release(branch);
  }

  /** The branch that a path shows; null for none. */
  @Nullable Branch at(RelativePath path) {
    return branches.at(path);
  }

  /**
   * Completes the branches below a directory that is about to be renamed; if there were any it is
   * to be looked at again. Waits for peers.
   */
  void completeBelow(RelativePath directory) throws RealizeException {
    List<Branch> begun = branches.below(directory);
    for (Branch branch : begun) {
      complete(branch);
    }
    if (!begun.isEmpty()) {
      throw new CallFailed("files in '" + directory + "' are whole now", Errno.ESTALE);
    }
  }

  /** ESTALE if there is a branch below a directory. */
  void requireNone(RelativePath directory) throws CallFailed {
    if (!branches.below(directory).isEmpty()) {
      throw new CallFailed("a file in '" + directory + "' is written to", Errno.ESTALE);
    }
  }

  /** A branch has another size: if no program has it open, it is completed at once. */
  void resized(Branch branch) {
    branches.closed(branch);
  }

  /** A name that shows a branch is about to be another file's; see {@link Branches#replacing}. */
  void replacing(Branch branch, DiskNode by) throws RealizeException {
    parts.edits().replacing(branch.path(), branch.base());
    branches.replacing(branch, by.stat());
  }

  void stays(Branch branch) {
    branches.stays(branch);
  }

  /** Its name was removed, or is another file's. */
  void leave(Branch branch) throws RealizeException {
    branches.leave(branch);
  }

  /** Completes a branch and gives it its name. Waits for peers. */
  void complete(Branch branch) throws RealizeException {
    PeerWaits.require("fetch the rest of '" + branch.path() + "'");
    try {
      branches.complete(branch);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CallFailed("fetch the rest of '" + branch.path() + "'", Errno.EINTR);
    }
  }

  @Override
  public void taken(Branch branch) {
    RelativePath path = branch.path();
    try {
      DiskNode file = parts.disk().stat(path);
      EntryName at = parts.names().entryAt(path);
      Inode inode = at == null ? null : parts.names().inodeAt(at);
      if (file != null && (inode == null || !parts.opens().isWritten(inode))) {
        parts.own().left(path, file.stat());
      }
    } catch (RealizeException unreadable) {
      parts.rules().changed(path);
    }
  }

  /**
   * What is in the way, if it is as it was indexed, goes to the trash, and stays a version beside
   * the branch if its base does not follow it; anything else is to be indexed first. Then the
   * branch gets its name in one step, if that is free, as the successor of its base: killed before,
   * it is completed again, and after that, it is a file of the root.
   */
  @Override
  public boolean take(Branch branch) throws RealizeException {
    RelativePath path = branch.path();
    Disk disk = root.disk();
    if (parts.rules().isDoubtful(path)) {
      throw new CallFailed("'" + path + "' is in doubt", Errno.EROFS);
    }
    parts.copies().makeDirectories(path.parent().orElse(RelativePath.ROOT));
    try {
      Optional<FileStat> there = disk.stat(path);
      Optional<FileStat> waiting = disk.stat(branch.file());
      if (waiting.isEmpty()) {
        return true; // it was moved, and then something failed
      }
      if (there.filter(waiting.get()::sameInode).isPresent()) {
        disk.delete(branch.file()); // a move by a second name was stopped half way
        return true;
      }
      if (there.isPresent()) {
        PathState state =
            arena.store().<Optional<PathState>>read(reader -> reader.path(path)).orElse(null);
        FileStat indexed = state == null ? null : state.realStat();
        if (state == null || indexed == null || !indexed.sameEntry(there.get())) {
          parts.rules().changed(path);
          return false;
        }
        parts.last().keepBeside(state, branch.base());
        parts.copies().displace(new HiddenName(path, indexed), branch.base());
      }
      parts.edits().replacing(path, branch.base());
      parts.rules().opened(path); // a program may have it open for writing
      boolean isMoved = false;
      try {
        var ignored = FreeNames.move(disk, branch.file(), path);
        isMoved = true;
      } finally {
        if (!isMoved) {
          parts.rules().changed(path); // something came meanwhile
        }
      }
      return true;
    } catch (IOException e) {
      throw Disk.failure("complete '" + path + "'", e);
    }
  }
}
