package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branch;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.RootedNames.ShownEntry;
import org.realize.sync.view.RootedNames.ShownEntry.InStore;
import org.realize.sync.view.RootedNames.ShownEntry.NoEntry;
import org.realize.sync.view.RootedNames.ShownEntry.OnBranch;
import org.realize.sync.view.RootedNames.ShownEntry.OnDisk;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The calls of programs on inodes of an arena with a root, and its open files. A file whose last
 * name is gone is reached by its open files. What is only in the store is brought to the disk first
 * where a call needs its bytes or an inode of the disk. Thread-safe.
 */
final class NodeEdits implements RootedFile.FileHost {

  private static final Logger LOG = LoggerFactory.getLogger(NodeEdits.class);

  /** The daemon itself, which may read what it shows. */
  static final Caller DAEMON = new Caller(0, 0, 0);

  private final Arena arena;
  private final ArenaView stored;
  private final RootedNames names;
  private final EditableDisk disk;
  private final DiskNodes nodes;
  private final OpenNodes opens;
  private final LocalCopies copies;
  private final StoreEdits edits;
  private final OwnEffects own;
  private final RootRules rules;
  private final NameEdits nameEdits;
  private final BranchEdits branches;

  NodeEdits(Arena arena, ArenaView stored, NameEdits.EditedParts parts, NameEdits nameEdits) {
    this.arena = arena;
    this.stored = stored;
    this.names = parts.names();
    this.disk = parts.disk();
    this.nodes = parts.nodes();
    this.opens = parts.opens();
    this.copies = parts.copies();
    this.edits = parts.edits();
    this.own = parts.own();
    this.rules = parts.rules();
    this.nameEdits = nameEdits;
    this.branches = nameEdits.branches();
  }

  OpenNodes opens() {
    return opens;
  }

  Attributes attributes(Inode inode) throws RealizeException {
    try {
      return NameEdits.attempt(() -> {
        EditedFile open = opens.onDisk(inode);
        return open != null ? attributes(inode, open) : names.attributes(names.of(inode), stored);
      });
    } catch (CallFailed stale) {
      Attributes opened = stale.errno() == Errno.ESTALE ? opens.seen(inode) : null;
      if (opened == null) {
        throw stale;
      }
      return opened.withoutLinks();
    }
  }

  private Attributes attributes(Inode inode, EditedFile open) throws RealizeException {
    Attributes found = open.stat().attributes(inode, false);
    Branch branch = opens.branch(inode);
    return branch != null && branch.isNameless() ? found.withoutLinks() : found;
  }

  OpenFile open(Inode inode) throws RealizeException {
    return open(inode, OpenFlags.READ, DAEMON);
  }

  Optional<byte[]> attribute(Inode inode, String name) throws RealizeException {
    return NameEdits.attempt(() -> {
      try (Reached reached = reach(inode)) {
        return reached.node() == null ? Optional.empty() : reached.node().attribute(name);
      }
    });
  }

  // ---- inodes

  /**
   * An inode of the disk for one call.
   *
   * @param node null for what is only in the store
   * @param isOwn it is closed after the call
   */
  private record Reached(
      @Nullable EditedNode node,
      boolean isOwn,
      @Nullable RelativePath path,
      @Nullable InStore in,
      @Nullable Branch branch)
      implements AutoCloseable {
    @Override
    public void close() {
      if (isOwn && node != null) {
        node.close();
      }
    }
  }

  /** The inode by one of its open files, else by its name. */
  private Reached reach(Inode inode) throws RealizeException {
    EditedFile open = opens.onDisk(inode);
    if (open != null) {
      return new Reached(open, false, pathOf(inode), null, opens.branch(inode));
    }
    return NameEdits.attempt(() -> {
      return switch (names.of(inode)) {
        case OnDisk found -> {
          follow(found); // before anything is written to it
          EditedNode node = node(inode, found.path(), found.disk());
          yield new Reached(node, true, found.path(), null, null);
        }
        case OnBranch(RelativePath path, _, DiskNode seen, Branch branch) ->
            new Reached(node(inode, branch.file(), seen), true, path, null, branch);
        case InStore in -> new Reached(null, false, in.path(), in, null);
        case NoEntry _ -> throw RootedNames.stale(inode);
      };
    });
  }

  /** What is at a path of the disk; ESTALE if it is another one than was seen. */
  private EditedNode node(Inode inode, RelativePath path, DiskNode seen) throws RealizeException {
    EditedNode node;
    try {
      node = disk.node(path);
    } catch (CallFailed e) {
      throw e.errno() == Errno.ENOENT ? RootedNames.stale(inode) : e;
    }
    if (!DiskKey.of(node.stat().stat()).equals(DiskKey.of(seen.stat()))) {
      node.close();
      throw RootedNames.stale(inode);
    }
    return node;
  }

  private @Nullable RelativePath pathOf(Inode inode) {
    try {
      return names.position(inode).path();
    } catch (RealizeException noName) {
      return null;
    }
  }

  /** The inode on the disk, brought there if it is only in the store. Waits for peers. */
  private Reached reachReal(Inode inode) throws RealizeException {
    Reached reached = reach(inode);
    InStore in = reached.in();
    if (in == null) {
      if (reached.path() != null) {
        nameEdits.requireCertain(reached.path());
      }
      return reached;
    }
    makeReal(in);
    return reach(inode);
  }

  private void makeReal(InStore in) throws RealizeException {
    nameEdits.requireCertain(in.path());
    if (in.isDirectory()) {
      copies.makeDirectories(in.path());
      return;
    }
    copies.makeReal(in.path());
    follow(in.node().inode());
  }

  /**
   * Has open files that still read what the store has of an inode read and write it on the disk, if
   * it is there by now: whoever has the inode open sees the same bytes, whatever is written to it.
   */
  void follow(Inode inode) throws RealizeException {
    if (!opens.stored(inode).isEmpty() && names.of(inode) instanceof OnDisk found) {
      follow(found);
    }
  }

  private void follow(OnDisk found) throws RealizeException {
    for (RootedFile file : opens.stored(found.inode())) {
      OpenFlags flags = file.writes() ? OpenFlags.READ_WRITE : OpenFlags.READ;
      EditedFile real = disk.open(found.path(), flags, DAEMON);
      if (DiskKey.of(real.stat().stat()).equals(DiskKey.of(found.disk().stat()))) {
        file.madeReal(real);
      } else {
        real.close();
        throw RootedNames.stale(found.inode());
      }
    }
  }

  OpenFile open(Inode inode, OpenFlags flags, Caller caller) throws RealizeException {
    return NameEdits.attempt(() -> {
      try (Reached reached = reach(inode)) {
        InStore in = reached.in();
        if (in == null || reached.node() != null) {
          return opened(inode, reached, flags, caller);
        }
        if (in.isDirectory()) {
          throw new RealizeException.IsADirectory("open '" + in.path() + "'");
        }
        if (flags.truncates()) {
          nameEdits.requireCertain(in.path());
          return emptied(in, flags, caller);
        }
        if (flags.writes()) {
          nameEdits.requireCertain(in.path());
        }
        return openStored(in, flags.writes());
      }
    });
  }

  /** An open file of what is only in the store, branched by its first write. */
  private RootedFile openStored(InStore in, boolean writes) throws RealizeException {
    Inode inode = in.node().inode();
    OpenedBase base = writes ? branches.base(in) : null;
    RootedFile file = opens.openStored(inode, stored.open(inode), writes, this);
    file.seen(stored.attributes(in.node()));
    if (base != null) {
      file.base(base);
    }
    Branch begun = branches.at(in.path());
    if (begun != null) {
      attach(file, begun); // by another thread, which may not have seen this open file
    }
    return file;
  }

  private void attach(RootedFile file, Branch branch) throws RealizeException {
    boolean isAttached = false;
    try {
      branches.attach(List.of(file), branch);
      isAttached = true;
    } finally {
      if (!isAttached) {
        file.close();
      }
    }
  }

  @Override
  public void branch(RootedFile file) throws RealizeException {
    Inode inode = file.inode();
    OpenedBase base = file.base();
    try {
      Object ignored =
          NameEdits.attempt(() -> {
            branch(file, names.of(inode));
            return inode;
          });
    } catch (CallFailed gone) {
      if (gone.errno() != Errno.ESTALE || base == null) {
        throw gone;
      }
      branches.attachLost(opens.stored(inode), base, inode);
    }
  }

  private void branch(RootedFile file, ShownEntry shown) throws RealizeException {
    switch (shown) {
      case InStore in -> branches.attach(opens.stored(file.inode()), branches.begin(in));
      case OnBranch found -> branches.attach(opens.stored(file.inode()), found.branch());
      case OnDisk found -> follow(found);
      case NoEntry _ -> throw RootedNames.stale(file.inode());
    }
  }

  private RootedFile opened(Inode inode, Reached reached, OpenFlags flags, Caller caller)
      throws RealizeException {
    EditedNode node = reached.node();
    if (node == null) {
      throw RootedNames.stale(inode);
    }
    Branch branch = reached.branch();
    if (branch != null && !branch.isTaken()) {
      return openBranch(inode, branch, flags);
    }
    if (flags.writes() && reached.path() != null) {
      nameEdits.requireCertain(reached.path());
    }
    return open(inode, node.open(flags, caller), flags, reached.path());
  }

  private RootedFile open(
      Inode inode, EditedFile file, OpenFlags flags, @Nullable RelativePath path)
      throws RealizeException {
    try {
      if (flags.writes() && path != null) {
        rules.opened(path);
      }
      RootedFile opened = opens.open(inode, file, flags.writes(), this);
      opened.openedAt(flags.writes() ? path : null);
      return opened;
    } catch (RealizeException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private RootedFile openBranch(Inode inode, Branch branch, OpenFlags flags)
      throws RealizeException {
    if (flags.truncates()) {
      branch.resize(0);
    }
    RootedFile file = opens.openBranch(inode, flags.writes(), this);
    attach(file, branch);
    return file;
  }

  /** A new empty file in place of one that is only in the store, by the same inode. */
  private RootedFile emptied(InStore in, OpenFlags flags, Caller caller) throws RealizeException {
    RelativePath path = in.path();
    Inode inode = in.node().inode();
    if (in.hidden() != null) {
      copies.displace(names.hidden(path, in.hidden()));
    }
    copies.makeDirectories(path.parent().orElse(RelativePath.ROOT));
    edits.replacing(path);
    EntryName at = names.nameOf(inode);
    EditedFile file =
        disk.create(path, new NewMode(in.node().mode(), 0), flags.exclusive(), caller);
    Inode made = nameEdits.made(path, at, file.stat(), inode);
    try {
      follow(made);
    } catch (RealizeException | RuntimeException e) {
      file.close();
      throw e;
    }
    return open(made, file, flags, path);
  }

  /** A file was closed: if it was the last that wrote, it is quiet. */
  @Override
  public void closed(RootedFile file) {
    FileStat last = null;
    EditedFile onDisk = file.file();
    if (onDisk != null && file.writes()) {
      try {
        last = onDisk.stat().stat();
      } catch (RealizeException released) {
        last = null;
      }
    }
    RelativePath path = file.writes() ? pathOf(file.inode()) : null;
    boolean isQuiet = opens.close(file, last);
    Branch branch = file.branch();
    if (branch != null) {
      isQuiet &= branch.isTaken();
      branches.closed(branch);
    }
    if (isQuiet && last != null && last.links() > 0) {
      if (path != null) {
        own.left(path, last);
      } else {
        leftUnseen(file.openedAt(), last);
      }
    }
  }

  /**
   * A file was written whose name shows a peer's newer version since it was opened: programs and
   * their kernel do not know it by that name.
   */
  private void leftUnseen(@Nullable RelativePath path, FileStat last) {
    try {
      DiskNode there = path == null ? null : disk.stat(path);
      if (path != null && there != null && there.stat().sameInode(last)) {
        rules.changed(path);
      }
    } catch (RealizeException gone) {
      LOG.debug("look at '{}' of {}: {}", path, arena.name(), gone.oneLine());
    }
  }

  Created create(EntryName at, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return NameEdits.attempt(() -> {
      NameEdits.NewFile made = nameEdits.create(at, mode, flags, caller);
      if (made != null) {
        RootedFile file = open(made.inode(), made.file(), flags, made.path());
        return new Created(made.node().attributes(made.inode(), false), file);
      }
      if (flags.isExclusive()) {
        throw new CallFailed("'" + at.name() + "' is there", Errno.EEXIST);
      }
      Inode there = names.attributes(names.show(at), stored).inode();
      OpenFile file = open(there, flags, caller);
      return new Created(attributes(there), file);
    });
  }

  Created createNameless(Inode directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    RelativePath path = names.position(directory).path();
    nameEdits.requireCertain(path);
    copies.makeDirectories(path);
    EditedFile file = disk.createNameless(path, mode, flags, caller);
    DiskNode node = file.stat();
    Inode inode = nodes.addNameless(DiskKey.of(node.stat()));
    return new Created(node.attributes(inode, false), open(inode, file, flags, null));
  }

  Attributes change(Inode inode, @Nullable OpenFile open, AttributeChange change, Caller caller)
      throws RealizeException {
    if (open instanceof RootedFile file
        && file.file() != null
        && file.branch() == null
        && file.writes()) {
      return change(inode, pathOf(inode), file.file(), change, caller);
    }
    if (open instanceof RootedFile file
        && file.file() == null
        && file.base() != null
        && change.sizeBytes() != null) {
      branch(file); // as a write does, also where its name is another file's
    }
    return NameEdits.attempt(() -> {
      try (Reached reached = reach(inode)) {
        InStore in = reached.in();
        if (in != null && setMetadata(in, change)) {
          return attributes(inode);
        }
        if (in != null && change.sizeBytes() != null && !in.isDirectory()) {
          branches.attach(opens.stored(inode), branches.begin(in));
        }
      }
      try (Reached reached = reach(inode)) {
        Branch branch = reached.branch();
        if (reached.node() != null && branch != null && !branch.isTaken()) {
          return change(inode, reached.node(), branch, change, caller);
        }
      }
      try (Reached real = reachReal(inode)) {
        if (real.node() == null) {
          throw RootedNames.stale(inode);
        }
        return change(inode, real.path(), real.node(), change, caller);
      }
    });
  }

  private Attributes change(
      Inode inode,
      @Nullable RelativePath path,
      EditedNode node,
      AttributeChange change,
      Caller caller)
      throws RealizeException {
    DiskNode now = node.change(change, caller);
    if (path != null && now.stat().links() > 0) {
      own.left(path, now.stat());
    }
    return now.attributes(inode, false);
  }

  /** Changes a branch: its size here, all else on its file. */
  private Attributes change(
      Inode inode, EditedNode node, Branch branch, AttributeChange change, Caller caller)
      throws RealizeException {
    Long size = change.sizeBytes();
    if (size != null) {
      branch.resize(size);
      branches.resized(branch);
    }
    DiskNode now = branch.change(() -> node.change(change.withoutSize(), caller));
    return now.attributes(inode, false);
  }

  /** Changes what the store keeps of a name; false if it takes an inode of the disk. */
  private boolean setMetadata(InStore in, AttributeChange change) throws RealizeException {
    Integer mode = change.mode();
    boolean isOwned = change.owner().uid() != -1 || change.owner().gid() != -1;
    boolean isKept = mode == null || (mode & ~0777) == 0;
    if (isOwned || change.sizeBytes() != null || !isKept) {
      return false;
    }
    FileTime mtime =
        switch (change.modified()) {
          case TimeChange.Stays() -> null;
          case TimeChange.Now() -> FileTime.ofNanos(arena.time().unixMillis() * 1_000_000);
          case TimeChange.To(FileTime time) -> time;
        };
    boolean isDirectory = in.node().content() instanceof Content.Directory;
    FileTime kept = isDirectory ? null : mtime;
    if (mode != null || kept != null) {
      nameEdits.requireCertain(in.path());
      edits.setMetadata(in.path(), mode, kept);
    }
    return true;
  }

  Attributes link(Inode inode, EntryName at, Caller caller) throws RealizeException {
    EntryName first =
        nodes.nameOf(inode) == null && opens.onDisk(inode) == null ? names.nameOf(inode) : null;
    try (Reached reached = reach(inode)) {
      if (reached.branch() != null) {
        branches.complete(reached.branch());
      }
    }
    try (Reached real = reachReal(inode)) {
      if (real.node() == null) {
        throw RootedNames.stale(inode);
      }
      if (first != null) {
        Inode _ = nodes.add(DiskKey.of(real.node().stat().stat()), first, inode);
      }
      return nameEdits.link(inode, real.node(), at, caller);
    }
  }

  List<String> attributeNames(Inode inode) throws RealizeException {
    try (Reached reached = reach(inode)) {
      return reached.node() == null ? List.of() : reached.node().attributeNames();
    }
  }

  void setAttribute(Inode inode, String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException {
    try (Reached real = reachReal(inode)) {
      if (real.node() == null) {
        throw RootedNames.stale(inode);
      }
      real.node().setAttribute(name, value, setting, caller);
      left(real);
    }
  }

  void removeAttribute(Inode inode, String name, Caller caller) throws RealizeException {
    try (Reached reached = reach(inode)) {
      if (reached.node() == null) {
        throw new CallFailed("remove the attribute " + name, Errno.ENODATA);
      }
      reached.node().removeAttribute(name, caller);
      left(reached);
    }
  }

  private void left(Reached reached) throws RealizeException {
    if (reached.path() != null && reached.node() != null && reached.branch() == null) {
      own.left(reached.path(), reached.node().stat().stat());
    }
  }
}
