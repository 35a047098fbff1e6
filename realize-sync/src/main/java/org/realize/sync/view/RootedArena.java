package org.realize.sync.view;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.Real;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.view.RootedNames.ShownEntry.InStore;
import org.realize.sync.view.RootedNames.ShownEntry.NoEntry;
import org.realize.sync.view.RootedNames.ShownEntry.OnBranch;
import org.realize.sync.view.RootedNames.ShownEntry.OnDisk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An arena with a root, read and written: a union of its disk and its store. What is on the disk is
 * changed there; what only the store shows is changed by commits, or brought to the disk first
 * where a change needs its bytes or an inode. Thread-safe.
 */
final class RootedArena implements EditableRegion {

  private static final Logger LOG = LoggerFactory.getLogger(RootedArena.class);

  private final Arena arena;
  private final ArenaView stored;
  private final EditableDisk disk;
  private final Disk ownDisk;
  private final RootedNames names;
  private final UnionListing listing;
  private final DiskNodes nodes;
  private final OwnEffects own;
  private final NameEdits nameEdits;
  private final NodeEdits nodeEdits;

  /**
   * The region of {@code arena}.
   *
   * @param root the arena's own root
   * @param stored the arena as its store alone shows it
   */
  RootedArena(Arena arena, Real root, RootParts parts, ArenaView stored, HouseholdParts household)
      throws RealizeException {
    this.arena = arena;
    this.stored = stored;
    this.disk = parts.disk();
    this.ownDisk = root.disk();
    this.nodes = parts.nodes();
    this.own = new OwnEffects(parts.rules());
    this.names = new RootedNames(arena, parts, household.peers());
    this.listing = new UnionListing(arena, disk, parts.rules(), names, stored);
    NameEdits.EditedParts edited =
        new NameEdits.EditedParts(
            names,
            listing,
            disk,
            nodes,
            new LocalCopies(arena, root, household.downloader()),
            new LastBytes(arena, root.needed()),
            new StoreEdits(arena, household.global()),
            own,
            parts.rules(),
            new OpenNodes(nodes));
    BranchEdits branched =
        new BranchEdits(arena, root, edited, parts.branches(), household.changes());
    this.nameEdits = new NameEdits(edited, branched);
    this.nodeEdits = new NodeEdits(arena, stored, edited, nameEdits);
    parts.branches().attach(branched);
  }

  /**
   * The parts of the household that an arena's edits need.
   *
   * @param changes is notified of names that show another inode, which no commit or hint tells
   */
  record HouseholdParts(
      GlobalStore global,
      PeerDirectory peers,
      Downloader downloader,
      Consumer<ChangedName> changes) {}

  // ---- reading

  @Override
  public Attributes lookup(Inode directory, String name) throws RealizeException {
    return names.attributes(names.show(new EntryName(directory, name)), stored);
  }

  @Override
  public Attributes attributes(Inode inode) throws RealizeException {
    return nodeEdits.attributes(inode);
  }

  @Override
  public Inode parent(Inode inode) throws RealizeException {
    return names.nameOf(inode).directory();
  }

  @Override
  public String readLink(Inode inode) throws RealizeException {
    return switch (names.of(inode)) {
      case OnDisk(RelativePath path, _, DiskNode node) -> {
        if (node.kind() != FileKind.LINK) {
          throw new CallFailed("read link '" + path + "': it is none", Errno.EINVAL);
        }
        try {
          yield ownDisk.readLink(path);
        } catch (IOException e) {
          throw Disk.failure("read link '" + path + "'", e);
        }
      }
      case InStore(_, var node, _) -> stored.readLink(node.inode());
      case OnBranch(RelativePath path, _, _, _) ->
          throw new CallFailed("read link '" + path + "': it is none", Errno.EINVAL);
      case NoEntry _ -> throw RootedNames.stale(inode);
    };
  }

  @Override
  public List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries)
      throws RealizeException {
    return listing.list(directory, cursor, maxEntries);
  }

  @Override
  public OpenFile open(Inode inode) throws RealizeException {
    return nodeEdits.open(inode);
  }

  @Override
  public Optional<byte[]> attribute(Inode inode, String name) throws RealizeException {
    if (StatusAttributes.has(name)) {
      return stored.status().value(names.position(inode).path(), name);
    }
    return nodeEdits.attribute(inode, name);
  }

  // ---- inodes

  @Override
  public OpenFile open(Inode inode, OpenFlags flags, Caller caller) throws RealizeException {
    return nodeEdits.open(inode, flags, caller);
  }

  @Override
  public Created create(EntryName at, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return nodeEdits.create(at, mode, flags, caller);
  }

  @Override
  public Created createNameless(Inode directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return nodeEdits.createNameless(directory, mode, flags, caller);
  }

  @Override
  public Attributes change(
      Inode inode, @Nullable OpenFile open, AttributeChange change, Caller caller)
      throws RealizeException {
    return nodeEdits.change(inode, open, change, caller);
  }

  @Override
  public Attributes link(Inode inode, EntryName at, Caller caller) throws RealizeException {
    return nodeEdits.link(inode, at, caller);
  }

  @Override
  public List<String> attributeNames(Inode inode) throws RealizeException {
    return nodeEdits.attributeNames(inode);
  }

  @Override
  public void setAttribute(
      Inode inode, String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException {
    nodeEdits.setAttribute(inode, name, value, setting, caller);
  }

  @Override
  public void removeAttribute(Inode inode, String name, Caller caller) throws RealizeException {
    nodeEdits.removeAttribute(inode, name, caller);
  }

  @Override
  public void setOwnAttribute(
      Inode inode, String name, byte @Nullable [] value, AttributeSetting setting)
      throws RealizeException {
    stored.status().set(names.position(inode).path(), name, value, setting);
  }

  // ---- names

  @Override
  public Attributes makeNode(EntryName at, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    return nameEdits.makeNode(at, kind, device, mode, caller);
  }

  @Override
  public Attributes makeDirectory(EntryName at, NewMode mode, Caller caller)
      throws RealizeException {
    return nameEdits.makeDirectory(at, mode, caller);
  }

  @Override
  public Attributes makeLink(EntryName at, String target, Caller caller) throws RealizeException {
    return nameEdits.makeLink(at, target, caller);
  }

  @Override
  public void rename(EntryName from, EntryName to, RenameKind kind, Caller caller)
      throws RealizeException {
    nameEdits.rename(from, to, kind, caller);
  }

  @Override
  public void remove(EntryName at, Caller caller) throws RealizeException {
    nameEdits.remove(at, caller);
  }

  @Override
  public void removeDirectory(EntryName at, Caller caller) throws RealizeException {
    nameEdits.removeDirectory(at, caller);
  }

  @Override
  public void force(Inode directory) throws RealizeException {
    arena.store().force();
    RelativePath path = names.position(directory).path();
    if (disk.stat(path) != null) {
      disk.force(path);
    }
  }

  @Override
  public Capacity capacity(Inode inode) throws RealizeException {
    DiskUsage usage = disk.usage(RelativePath.ROOT);
    return Capacity.of(usage);
  }

  // ---- changes by others

  /** The changes of names that something else may have made. */
  List<ChangedName> touched(Iterable<RelativePath> touched) {
    List<ChangedName> changes = new ArrayList<>();
    for (RelativePath path : touched) {
      if (path.isRoot() || isOwn(path)) {
        continue;
      }
      own.forget(path);
      try {
        EntryName at = names.entryAt(path);
        Inode before = at == null ? null : names.inodeAt(at);
        if (before != null) {
          follow(before);
        }
        if (at != null && !(before != null && isWritten(before))) {
          changes.add(shownNow(at, before));
        }
      } catch (RealizeException unreadable) {
        LOG.debug("look at '{}' of {}: {}", path, arena.name(), unreadable.oneLine());
      }
    }
    return changes;
  }

  /**
   * What a name shows that programs know as {@code before}; null if they do not know it. An inode
   * that it shows no more has lost the name, so that a later look does not take it for what was
   * there.
   */
  ChangedName shownNow(EntryName at, @Nullable Inode before) throws RealizeException {
    Inode after = names.inodeShown(at);
    if (before != null && !before.equals(after)) {
      nodes.lost(at, before);
    }
    return new ChangedName(at, before, after);
  }

  /** True if a program has the inode open for writing. */
  boolean isWritten(Inode inode) {
    return nodeEdits.opens().isWritten(inode);
  }

  /** Has open files read what another program has just written to their inode. */
  private void follow(Inode inode) throws RealizeException {
    try {
      nodeEdits.follow(inode);
    } catch (CallFailed gone) {
      LOG.debug("{} of {} is another by now: {}", inode, arena.name(), gone.oneLine());
    }
  }

  /**
   * A name that something else may have changed.
   *
   * @param before the inode that it showed; null if that is not known
   * @param after the inode that it shows now; null for none
   */
  record ChangedName(EntryName at, @Nullable Inode before, @Nullable Inode after) {

    /** True if the name shows the inode that it did. */
    boolean isSame() {
      return before != null && before.equals(after);
    }
  }

  /**
   * True if a commit only shows what a call of a program left, which its kernel knows.
   *
   * @param path of the name that changed
   * @param inode by which the store shows it now; null for nothing
   */
  boolean isOwn(RelativePath path, EntryName at, @Nullable Inode inode) throws RealizeException {
    if (inode != null) {
      nodes.indexed(at, inode);
    }
    PathState state =
        arena.store().<Optional<PathState>>read(reader -> reader.path(path)).orElse(null);
    FileStat indexed = state == null ? null : state.realStat();
    boolean isShown =
        inode == null
            ? indexed == null
            : indexed != null && state != null && state.isReal(state.shown().content());
    return isShown && own.isOwn(path, indexed);
  }

  /** True if what is at {@code path} is what a call of a program has left there. */
  boolean isOwn(RelativePath path) {
    if (own.isUnderWay(path)) {
      return true;
    }
    try {
      DiskNode found = path.isRoot() ? null : disk.stat(path);
      return !path.isRoot() && own.isOwn(path, found == null ? null : found.stat());
    } catch (RealizeException unreadable) {
      return false;
    }
  }

  /** The inode that a name keeps whatever the store shows there; null if the store decides. */
  @Nullable Inode knownAt(EntryName at) {
    return nodes.at(at);
  }

  RootedNames names() {
    return names;
  }
}
