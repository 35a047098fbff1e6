package org.realize.sync.view;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.branch.Branch;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TreeRename;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.OwnEffects.OwnCall;
import org.realize.sync.view.RootedNames.HiddenName;
import org.realize.sync.view.RootedNames.ShownEntry;
import org.realize.sync.view.RootedNames.ShownEntry.InStore;
import org.realize.sync.view.RootedNames.ShownEntry.NoEntry;
import org.realize.sync.view.RootedNames.ShownEntry.OnBranch;
import org.realize.sync.view.RootedNames.ShownEntry.OnDisk;

/**
 * The calls of programs that make, move and remove names of an arena with a root. On the disk each
 * is that call; what only the store shows is changed by a commit. What is committed comes before
 * the call on the disk, so that a kill between the two leaves the old name: a version that a
 * program replaces or removes is never shown again. Thread-safe.
 */
final class NameEdits {

  /** How often a call begins again because a name became another meanwhile. */
  private static final int MAX_ATTEMPTS = 16;

  private final RootedNames names;
  private final UnionListing listing;
  private final EditableDisk disk;
  private final DiskNodes nodes;
  private final LocalCopies copies;
  private final LastBytes last;
  private final StoreEdits edits;
  private final OwnEffects own;
  private final RootRules rules;
  private final BranchEdits branches;

  /** The parts of one arena that its edits work on. */
  record EditedParts(
      RootedNames names,
      UnionListing listing,
      EditableDisk disk,
      DiskNodes nodes,
      LocalCopies copies,
      LastBytes last,
      StoreEdits edits,
      OwnEffects own,
      RootRules rules,
      OpenNodes opens) {}

  NameEdits(EditedParts parts, BranchEdits branches) {
    this.names = parts.names();
    this.listing = parts.listing();
    this.disk = parts.disk();
    this.nodes = parts.nodes();
    this.copies = parts.copies();
    this.last = parts.last();
    this.edits = parts.edits();
    this.own = parts.own();
    this.rules = parts.rules();
    this.branches = branches;
  }

  BranchEdits branches() {
    return branches;
  }

  /** One try of a call. */
  interface NameCall<T extends @Nullable Object> {
    T run() throws RealizeException;
  }

  /** A call that begins again when it meets a name that has become another. */
  static <T extends @Nullable Object> T attempt(NameCall<T> attempt) throws RealizeException {
    for (int begun = 1; ; begun++) {
      try {
        return attempt.run();
      } catch (CallFailed refused) {
        boolean isClosed = refused.errno() == Errno.EBADF; // the file by which it was reached
        if ((refused.errno() != Errno.ESTALE && !isClosed) || begun == MAX_ATTEMPTS) {
          throw refused;
        }
      }
    }
  }

  /** What a name shows that is to be changed. */
  private ShownEntry shown(EntryName at) throws RealizeException {
    if (RootedNames.isReserved(at.name())) {
      throw new CallFailed("'" + at.name() + "' is reserved", Errno.EPERM);
    }
    ShownEntry shown = names.show(at);
    requireCertain(shown.path());
    return shown;
  }

  void requireCertain(RelativePath path) throws RealizeException {
    rules.requireCertain(path);
  }

  // ---- new names

  /** A path at which something new may be made: its directory is there, and nothing else is. */
  private RelativePath free(EntryName at) throws RealizeException {
    ShownEntry shown = shown(at);
    if (!(shown instanceof NoEntry(RelativePath path, FileStat hidden))) {
      throw new CallFailed("'" + shown.path() + "' is there", Errno.EEXIST);
    }
    makeRoom(path, hidden);
    return path;
  }

  private void makeRoom(RelativePath path, @Nullable FileStat hidden) throws RealizeException {
    copies.makeDirectories(path.parent().orElse(RelativePath.ROOT));
    if (hidden != null) {
      copies.displace(names.hidden(path, hidden));
    }
  }

  /** The inode of what was just made at a name. */
  Inode made(RelativePath path, EntryName at, DiskNode made, @Nullable Inode inode)
      throws RealizeException {
    own.left(path, made.stat());
    nodes.removed(at);
    return nodes.add(DiskKey.of(made.stat()), at, inode);
  }

  private Attributes made(RelativePath path, EntryName at, DiskNode made) throws RealizeException {
    return made.attributes(made(path, at, made, null), false);
  }

  /** A new file of the disk at a name that shows nothing. */
  record NewFile(RelativePath path, Inode inode, DiskNode node, EditedFile file) {}

  /** Makes a regular file; null if the name shows something, which is to be opened. */
  @Nullable NewFile create(EntryName at, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return attempt(() -> {
      ShownEntry shown = shown(at);
      if (!(shown instanceof NoEntry(RelativePath path, FileStat hidden))) {
        return null;
      }
      makeRoom(path, hidden);
      try (OwnCall _ = own.begin(path)) {
        return opened(path, at, createNew(path, mode, flags, caller));
      }
    });
  }

  private NewFile opened(RelativePath path, EntryName at, EditedFile file) throws RealizeException {
    try {
      DiskNode node = file.stat();
      return new NewFile(path, made(path, at, node, null), node, file);
    } catch (RealizeException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private EditedFile createNew(RelativePath path, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    try {
      return disk.create(path, mode, flags.exclusive(), caller);
    } catch (CallFailed refused) {
      if (refused.errno() == Errno.EEXIST && !flags.isExclusive()) {
        throw new CallFailed("'" + path + "' came meanwhile", Errno.ESTALE);
      }
      throw refused;
    }
  }

  Attributes makeNode(EntryName at, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    return attempt(() -> {
      RelativePath path = free(at);
      try (OwnCall _ = own.begin(path)) {
        return made(path, at, disk.makeNode(path, kind, device, mode, caller));
      }
    });
  }

  Attributes makeDirectory(EntryName at, NewMode mode, Caller caller) throws RealizeException {
    return attempt(() -> {
      RelativePath path = free(at);
      try (OwnCall _ = own.begin(path)) {
        return made(path, at, disk.makeDirectory(path, mode, caller));
      }
    });
  }

  Attributes makeLink(EntryName at, String target, Caller caller) throws RealizeException {
    return attempt(() -> {
      RelativePath path = free(at);
      try (OwnCall _ = own.begin(path)) {
        return made(path, at, disk.makeLink(path, target, caller));
      }
    });
  }

  /** Gives the inode of {@code file} a further name. */
  Attributes link(Inode inode, EditedNode file, EntryName at, Caller caller)
      throws RealizeException {
    return attempt(() -> {
      RelativePath path = free(at);
      try (OwnCall _ = own.begin(path)) {
        DiskNode made = file.link(path, caller);
        return made.attributes(made(path, at, made, inode), false);
      }
    });
  }

  // ---- removed names

  void remove(EntryName at, Caller caller) throws RealizeException {
    NameEdits.<@Nullable Object>attempt(() -> {
      switch (shown(at)) {
        case NoEntry nothing -> throw absent(nothing.path());
        case OnDisk(RelativePath path, _, DiskNode node) -> {
          if (node.kind() == FileKind.DIRECTORY) {
            throw new CallFailed("unlink '" + path + "'", Errno.EISDIR);
          }
          if (last.keep(path, node.stat())) {
            removeFile(path, leave(path, false), caller);
            gone(path, at);
          } else {
            edits.removeOlder(
                path, VersionVector.EMPTY); // the engine moves what is on the disk to the trash
            nodes.removed(at);
          }
        }
        case InStore stored -> {
          if (stored.isDirectory()) {
            throw new CallFailed("unlink '" + stored.path() + "'", Errno.EISDIR);
          }
          edits.remove(stored.path());
        }
        case OnBranch(RelativePath path, _, _, Branch branch) -> {
          if (names.isLeftInStore(path)) {
            edits.removeOlder(path, branch.base().vector());
          }
          branches.leave(branch);
          nodes.removed(at);
        }
      }
      return null;
    });
  }

  private static CallFailed absent(RelativePath path) {
    return new CallFailed("no '" + path + "'", Errno.ENOENT);
  }

  /**
   * Commits that what the disk has at a name is removed, where the store would show something else
   * then. A directory was seen as the union of both sides; of anything else the disk's alone was
   * seen, unless a program put it there in place of the store's.
   *
   * @return true if that was necessary
   */
  private boolean leave(RelativePath path, boolean isDirectory) throws RealizeException {
    if (!names.isLeftInStore(path)) {
      return false;
    }
    if (isDirectory && names.isStoredDirectory(path)) {
      edits.remove(path);
    } else {
      edits.removeOlder(path, VersionVector.EMPTY);
    }
    return true;
  }

  /**
   * Removes a file of the disk.
   *
   * @param isCommitted its removal is committed, so that the engine may have taken it already
   */
  private void removeFile(RelativePath path, boolean isCommitted, Caller caller)
      throws RealizeException {
    try {
      disk.remove(path, caller);
    } catch (CallFailed failed) {
      if (!isCommitted || failed.errno() != Errno.ENOENT) {
        throw failed;
      }
    }
  }

  private void gone(RelativePath path, EntryName at) {
    own.left(path, null);
    nodes.removed(at);
  }

  void removeDirectory(EntryName at, Caller caller) throws RealizeException {
    NameEdits.<@Nullable Object>attempt(() -> {
      switch (shown(at)) {
        case NoEntry nothing -> throw absent(nothing.path());
        case OnDisk(RelativePath path, Inode inode, DiskNode node) -> {
          if (node.kind() != FileKind.DIRECTORY) {
            throw new CallFailed("rmdir '" + path + "'", Errno.ENOTDIR);
          }
          requireEmpty(path, inode);
          clearHidden(path, inode);
          boolean ignored = leave(path, true);
          removeEmpty(path, caller);
          gone(path, at);
        }
        case InStore stored -> {
          if (!stored.isDirectory()) {
            throw new CallFailed("rmdir '" + stored.path() + "'", Errno.ENOTDIR);
          }
          requireEmpty(stored.path(), stored.node().inode());
          edits.remove(stored.path());
        }
        case OnBranch found -> throw new CallFailed("rmdir '" + found.path() + "'", Errno.ENOTDIR);
      }
      return null;
    });
  }

  private void requireEmpty(RelativePath path, Inode directory) throws RealizeException {
    if (!listing.list(directory, 0, 1).isEmpty()) {
      throw new CallFailed("'" + path + "' is not empty", Errno.ENOTEMPTY);
    }
  }

  /** Moves what is on the disk in a directory that shows nothing to the trash. */
  private void clearHidden(RelativePath path, Inode directory) throws RealizeException {
    List<HiddenName> all = new ArrayList<>();
    for (String name : disk.names(path)) {
      if (!RootedNames.isReserved(name)
          && names.show(new EntryName(directory, name))
              instanceof NoEntry(RelativePath child, FileStat hidden)
          && hidden != null) {
        all.addAll(names.hidden(child, hidden));
      }
    }
    copies.displace(all);
  }

  /** Removes a directory of the disk; begins again if Realize made something in it meanwhile. */
  private void removeEmpty(RelativePath path, Caller caller) throws RealizeException {
    try {
      disk.removeDirectory(path, caller);
    } catch (CallFailed filled) {
      if (filled.errno() == Errno.ENOTEMPTY
          && !disk.names(path).stream().allMatch(RootedNames::isReserved)) {
        throw new CallFailed("rmdir '" + path + "': a name came meanwhile", Errno.ESTALE);
      }
      throw filled;
    }
  }

  // ---- renamed names

  void rename(EntryName from, EntryName to, RenameKind kind, Caller caller)
      throws RealizeException {
    NameEdits.<@Nullable Object>attempt(() -> {
      ShownEntry source = shown(from);
      ShownEntry target = shown(to);
      requireRenamable(source, target, kind);
      if (source instanceof InStore file
          && !file.isDirectory()
          && target instanceof NoEntry(RelativePath path, FileStat hidden)
          && hidden == null) {
        renameStored(file, path, to);
        return null;
      }
      boolean isTree = kind != RenameKind.EXCHANGE && isDirectory(source);
      if (isTree && !from.equals(to) && names.isStored(source.path())) {
        renameTree(source, from, target, to, kind, caller);
        return null;
      }
      OnDisk moved = onDisk(source, from);
      OnDisk other = kind == RenameKind.EXCHANGE ? onDisk(target, to) : null;
      if (other == null) {
        prepare(target, moved);
        boolean ignored = leave(moved.path(), moved.isDirectory());
      }
      try (OwnCall _ = own.begin(moved.path(), target.path())) {
        if (target instanceof OnBranch(_, _, _, Branch branch)) {
          replace(branch, moved, caller);
        } else {
          disk.rename(moved.path(), target.path(), kind, caller);
        }
        renamed(moved, from, target.path(), to, other);
      }
      return null;
    });
  }

  /** Gives a file that only the store shows a name at which programs see nothing. */
  private void renameStored(InStore source, RelativePath path, EntryName to)
      throws RealizeException {
    String action = "rename '" + source.path() + "' to '" + path + "'";
    awaitIndexed(action, path, to, () -> canTake(path, to));
    edits.rename(source.path(), path, source.node().inode(), own.isOwn(path, null));
  }

  /** ESTALE once the name shows anything. */
  private boolean canTake(RelativePath path, EntryName at) throws RealizeException {
    if (edits.canTake(path, own.isOwn(path, null))) {
      return true;
    }
    if (names.show(at) instanceof NoEntry(_, FileStat hidden) && hidden == null) {
      return false;
    }
    throw new CallFailed("'" + path + "' came meanwhile", Errno.ESTALE);
  }

  private void requireRenamable(ShownEntry source, ShownEntry target, RenameKind kind)
      throws RealizeException {
    if (source instanceof NoEntry) {
      throw absent(source.path());
    }
    boolean isFree = target instanceof NoEntry;
    if (kind == RenameKind.NEW && !isFree) {
      throw new CallFailed("'" + target.path() + "' is there", Errno.EEXIST);
    }
    if (kind == RenameKind.EXCHANGE && isFree) {
      throw absent(target.path());
    }
    if (kind == RenameKind.EXCHANGE) {
      requireExchangeable(source);
      requireExchangeable(target);
    }
    if (!source.path().equals(target.path())) {
      if (source.path().contains(target.path())) {
        throw new CallFailed("rename '" + source.path() + "' into itself", Errno.EINVAL);
      }
      if (target.path().contains(source.path())) {
        int errno = kind == RenameKind.EXCHANGE ? Errno.EINVAL : Errno.ENOTEMPTY;
        throw new CallFailed("rename '" + source.path() + "' to a directory above it", errno);
      }
    }
    if (kind == RenameKind.REPLACE && !isFree) {
      boolean isSource = isDirectory(source);
      boolean isTarget = isDirectory(target);
      if (isSource != isTarget) {
        throw new CallFailed(
            "rename to '" + target.path() + "'", isTarget ? Errno.EISDIR : Errno.ENOTDIR);
      }
    }
  }

  private static boolean isDirectory(ShownEntry shown) {
    return switch (shown) {
      case NoEntry _, OnBranch _ -> false;
      case OnDisk found -> found.isDirectory();
      case InStore found -> found.isDirectory();
    };
  }

  /**
   * EXDEV for a directory that the store knows names in: it keeps them by the id of the directory,
   * and two directories cannot exchange theirs.
   */
  private void requireExchangeable(ShownEntry shown) throws RealizeException {
    if (isDirectory(shown) && names.holdsStoredNames(shown.path())) {
      throw new CallFailed("exchange directory '" + shown.path() + "'", Errno.EXDEV);
    }
  }

  /**
   * Renames a directory with all that is known below it, whether on the disk or not, without a look
   * at what that is.
   */
  private void renameTree(
      ShownEntry source,
      EntryName from,
      ShownEntry target,
      EntryName to,
      RenameKind kind,
      Caller caller)
      throws RealizeException {
    RelativePath path = source.path();
    branches.completeBelow(path);
    switch (source) {
      case NoEntry _, OnBranch _ -> throw absent(path);
      case OnDisk moved -> {
        TreeRename rename = edits.tree(path, target.path());
        awaitIndexed(rename, to);
        prepare(target, moved);
        copies.renameTree(
            rename,
            moved.disk().stat(),
            names,
            () -> {
              branches.requireNone(path);
              disk.rename(path, target.path(), kind, caller);
              renamed(moved, from, target.path(), to, null);
            });
      }
      case InStore stored -> {
        TreeRename rename = edits.tree(path, target.path());
        awaitIndexed(rename, to);
        makeFree(target, to, caller);
        if (stored.hidden() != null) {
          copies.displace(names.hidden(path, stored.hidden()));
        }
        own.left(path, null);
        names.turn();
        try {
          branches.requireNone(path);
          edits.renameTree(rename, stored.node().inode());
        } finally {
          names.turned();
        }
      }
    }
  }

  /**
   * Waits until the store has no name below the new one: what programs have just taken away from
   * there is in it until it is indexed, and the store would keep the directory at its old name.
   */
  private void awaitIndexed(TreeRename rename, EntryName to) throws RealizeException {
    String action = "rename '" + rename.from() + "' to '" + rename.to() + "'";
    awaitIndexed(action, rename.to(), to, () -> edits.canCommit(rename));
  }

  /**
   * Waits until what programs have taken from a name, and from below it, is indexed; fails at once
   * where it is not empty.
   */
  private void awaitIndexed(
      String action, RelativePath path, EntryName at, NameCall<Boolean> isIndexed)
      throws RealizeException {
    Set<RelativePath> hinted = new HashSet<>(); // once each: a look is put off by further hints
    for (int attempt = 0; !isIndexed.run(); attempt++) {
      switch (names.show(at)) {
        case OnBranch _ -> {}
        case NoEntry _ -> {
          if (hinted.add(path)) {
            rules.changed(path);
          }
        }
        case OnDisk found -> {
          if (found.isDirectory()) {
            requireEmpty(found.path(), found.inode());
          }
        }
        case InStore found -> {
          if (found.isDirectory()) {
            requireEmpty(found.path(), found.node().inode());
          }
        }
      }
      names.storedIn(path).stream().filter(hinted::add).forEach(rules::changed);
      copies.awaitIndex(action, attempt);
    }
  }

  /** Takes away what the disk has at a name that a directory is to replace. */
  private void makeFree(ShownEntry target, EntryName at, Caller caller) throws RealizeException {
    RelativePath path = target.path();
    FileStat hidden = null;
    switch (target) {
      case NoEntry nothing -> hidden = nothing.hidden();
      case OnBranch _ -> throw new CallFailed("rename to '" + path + "'", Errno.ENOTDIR);
      case OnDisk(_, Inode inode, _) -> {
        requireEmpty(path, inode);
        clearHidden(path, inode);
        removeEmpty(path, caller);
        gone(path, at);
      }
      case InStore stored -> {
        requireEmpty(path, stored.node().inode());
        hidden = stored.hidden();
      }
    }
    if (hidden != null) {
      copies.displace(names.hidden(path, hidden));
    }
  }

  /** What is at a name, brought to the disk if it is not there. */
  private OnDisk onDisk(ShownEntry shown, EntryName at) throws RealizeException {
    if (shown instanceof OnBranch branch) {
      branches.complete(branch.branch());
      throw new CallFailed("'" + branch.path() + "' is whole now", Errno.ESTALE);
    }
    if (shown instanceof InStore stored) {
      if (stored.isDirectory()) {
        copies.makeDirectories(stored.path());
      } else {
        copies.makeReal(stored.path());
      }
      if (!(names.show(at) instanceof OnDisk made)) {
        throw new CallFailed("'" + stored.path() + "' is another now", Errno.ESTALE);
      }
      return made;
    }
    if (shown instanceof OnDisk found) {
      return found;
    }
    throw absent(shown.path());
  }

  /**
   * Makes a name ready to be replaced by what {@code source} is. What the disk has there was seen,
   * not what else the store would show: that stays a version beside the new one.
   */
  private void prepare(ShownEntry target, OnDisk source) throws RealizeException {
    RelativePath path = target.path();
    switch (target) {
      case NoEntry(_, FileStat hidden) -> makeRoom(path, hidden);
      case OnDisk(_, Inode inode, DiskNode node) -> {
        if (node.kind() == FileKind.DIRECTORY && !inode.equals(source.inode())) {
          requireEmpty(path, inode);
          clearHidden(path, inode);
        } else if (!inode.equals(source.inode()) && !last.keep(path, node.stat())) {
          edits.replacingReal(path); // once it is in the trash nothing else says so
          copies.displace(names.hidden(path, node.stat()));
        }
      }
      case InStore stored -> {
        copies.makeDirectories(path.parent().orElse(RelativePath.ROOT));
        if (stored.isDirectory()) {
          requireEmpty(path, stored.node().inode());
        }
        edits.replacing(path);
        if (stored.hidden() != null) {
          copies.displace(names.hidden(path, stored.hidden()));
        }
      }
      case OnBranch _ -> copies.makeDirectories(path.parent().orElse(RelativePath.ROOT));
    }
  }

  /** Gives the name of a branch to another file. */
  private void replace(Branch branch, OnDisk by, Caller caller) throws RealizeException {
    branches.replacing(branch, by.disk());
    boolean isReplaced = false;
    try {
      DiskNode old = disk.stat(branch.path());
      if (old != null) {
        copies.displace(names.hidden(branch.path(), old.stat()));
      }
      disk.rename(by.path(), branch.path(), RenameKind.REPLACE, caller);
      isReplaced = true;
    } finally {
      if (!isReplaced) {
        branches.stays(branch);
      }
    }
    branches.leave(branch);
  }

  private void renamed(
      OnDisk source, EntryName from, RelativePath path, EntryName to, @Nullable OnDisk exchanged)
      throws RealizeException {
    DiskNode now = disk.stat(path);
    if (now == null || !DiskKey.of(now.stat()).equals(DiskKey.of(source.disk().stat()))) {
      nodes.removed(from);
      own.forget(source.path());
      own.forget(path);
      return; // it was renamed again at once, by another program
    }
    DiskNode left = exchanged == null ? null : disk.stat(source.path());
    boolean isSameFile = left == null && disk.stat(source.path()) != null;
    if (isSameFile) {
      return; // both names were of one file: nothing is renamed
    }
    nodes.removed(from);
    nodes.removed(to);
    Inode _ = made(path, to, now, source.inode());
    if (source.isDirectory()) {
      nodes.renamed(source.path(), path);
    }
    if (left != null && exchanged != null) {
      Inode _ = made(source.path(), from, left, exchanged.inode());
      if (exchanged.isDirectory()) {
        nodes.renamed(path, source.path());
      }
    } else {
      own.left(source.path(), null);
    }
  }
}
