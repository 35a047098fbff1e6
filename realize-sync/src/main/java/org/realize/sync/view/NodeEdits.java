package org.realize.sync.view;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.RootedNames.ShownEntry.InStore;
import org.realize.sync.view.RootedNames.ShownEntry.NoEntry;
import org.realize.sync.view.RootedNames.ShownEntry.OnDisk;

/**
 * The calls of programs on inodes of an arena with a root, and its open files. A file whose last
 * name is gone is reached by its open files. What is only in the store is brought to the disk first
 * where a call needs its bytes or an inode of the disk. Thread-safe.
 */
final class NodeEdits {

  /** The daemon itself, which may read what it shows. */
  private static final Caller DAEMON = new Caller(0, 0, 0);

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

  NodeEdits(Arena arena, ArenaView stored, NameEdits.EditedParts parts, NameEdits nameEdits) {
    this.arena = arena;
    this.stored = stored;
    this.names = parts.names();
    this.disk = parts.disk();
    this.nodes = parts.nodes();
    this.opens = new OpenNodes(nodes);
    this.copies = parts.copies();
    this.edits = parts.edits();
    this.own = parts.own();
    this.rules = parts.rules();
    this.nameEdits = nameEdits;
  }

  OpenNodes opens() {
    return opens;
  }

  Attributes attributes(Inode inode) throws RealizeException {
    return NameEdits.attempt(() -> {
      EditedFile open = opens.onDisk(inode);
      return open != null
          ? open.stat().attributes(inode, false)
          : names.attributes(names.of(inode), stored);
    });
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
      @Nullable EditedNode node, boolean isOwn, @Nullable RelativePath path, @Nullable InStore in)
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
      return new Reached(open, false, pathOf(inode), null);
    }
    return NameEdits.attempt(() -> {
      return switch (names.of(inode)) {
        case OnDisk(RelativePath path, _, DiskNode seen) -> {
          EditedNode node = disk.node(path);
          if (!DiskKey.of(node.stat().stat()).equals(DiskKey.of(seen.stat()))) {
            node.close();
            throw RootedNames.stale(inode);
          }
          yield new Reached(node, true, path, null);
        }
        case InStore in -> new Reached(null, false, in.path(), in);
        case NoEntry _ -> throw RootedNames.stale(inode);
      };
    });
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
    Inode inode = in.node().inode();
    for (RootedFile file : opens.stored(inode)) {
      file.madeReal(disk.open(in.path(), OpenFlags.READ, DAEMON));
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
        if (!flags.writes() && !flags.truncates()) {
          return opens.openStored(inode, stored.open(inode), this::closed);
        }
        nameEdits.requireCertain(in.path());
        if (flags.truncates()) {
          return emptied(in, flags, caller);
        }
        makeReal(in);
      }
      try (Reached real = reach(inode)) {
        return opened(inode, real, flags, caller);
      }
    });
  }

  private RootedFile opened(Inode inode, Reached reached, OpenFlags flags, Caller caller)
      throws RealizeException {
    EditedNode node = reached.node();
    if (node == null) {
      throw RootedNames.stale(inode);
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
      return opens.open(inode, file, flags.writes(), this::closed);
    } catch (RealizeException | RuntimeException e) {
      file.close();
      throw e;
    }
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
    return open(made, file, flags, path);
  }

  /** A file was closed: if it was the last that wrote, it is quiet. */
  private void closed(RootedFile file) {
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
    if (isQuiet && path != null && last != null && last.links() > 0) {
      own.left(path, last);
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
    if (open instanceof RootedFile file && file.file() != null && file.writes()) {
      return change(inode, pathOf(inode), file.file(), change, caller);
    }
    return NameEdits.attempt(() -> {
      try (Reached reached = reach(inode)) {
        InStore in = reached.in();
        if (in != null && setMetadata(in, change)) {
          return attributes(inode);
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
    if (reached.path() != null && reached.node() != null) {
      own.left(reached.path(), reached.node().stat().stat());
    }
  }
}
