package org.realize.sync.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.arena.PathMarks;
import org.realize.sync.content.OpenFile;
import org.realize.sync.index.HintListener;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.CommitListener.NameChange;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.port.TimeSource;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.transfer.Downloader;

/**
 * The file system of all arenas: {@code photos/trips} is the directory {@code photos/trips} below
 * the root. Names and attributes come from the stores as they are, one range look-up in memory and
 * one look-up of a row each; bytes from the Real, the blob, or the downloader.
 *
 * <p>{@code .realize} at the root, which no listing has, holds the {@link ConflictRegion}.
 *
 * <p>Reads take no lock: they see the set of arenas as it was when they began. {@code changing}
 * guards only changes of that set.
 */
public final class HouseholdView implements EditableView {

  /** Reserved at the root: what lies below it is the program's own. */
  private static final String RESERVED = ".realize";

  private final GlobalStore global;
  private final PeerDirectory peers;
  private final DiskSpace space;
  private final FileTime born;
  private final ConflictRegion conflicts;
  private final List<ViewListener> listeners = new CopyOnWriteArrayList<>();
  private final ReentrantLock changing = new ReentrantLock();
  private volatile Skeleton skeleton;

  /** A gauge of the room where blobs are kept. */
  @FunctionalInterface
  public interface DiskSpace {
    DiskUsage usage() throws RealizeException;
  }

  /** The names by which users know stores. */
  @FunctionalInterface
  public interface StoreNaming {
    String of(StoreId store) throws StorageFailed;
  }

  /**
   * A view without arenas.
   *
   * @param names of the stores whose versions are in conflict
   * @param space of the file system that holds the blobs, see {@link BlobStore#usage}
   */
  public HouseholdView(
      GlobalStore global, PeerDirectory peers, StoreNaming names, TimeSource time, DiskSpace space)
      throws StorageFailed {
    this.global = global;
    this.peers = peers;
    this.space = space;
    born = FileTime.ofNanos(time.unixMillis() * 1_000_000);
    skeleton = Skeleton.of(global, List.of(), born);
    conflicts =
        new ConflictRegion(
            () -> skeleton.arenas().stream().map(MountedArena::stored).toList(), names, born);
  }

  /**
   * Shows {@code arena}, which cannot be changed; replaces an arena of the same name. Returns what
   * is to hear of hints about its root.
   */
  public HintListener attach(Arena arena, Downloader downloader) throws RealizeException {
    ArenaView view = view(new PathMarks(arena, RootIndex.NONE), downloader);
    attach(new MountedArena(view, null));
    return new HintListener() {
      @Override
      public void touched(Set<RelativePath> names, long number) {
        List<Inode> changing = view.changing().touched(names, number);
        if (isShown(view)) {
          changing.forEach(inode -> listeners.forEach(listener -> listener.contentChanged(inode)));
        }
      }

      @Override
      public void indexed(long number) {
        view.changing().indexed(number);
      }
    };
  }

  /**
   * As the other, of an arena with a root, which programs may change.
   *
   * @param parts the root's
   */
  public HintListener attach(Arena arena, Downloader downloader, RootParts parts)
      throws RealizeException {
    Real root = arena.root();
    if (root == null) {
      throw new Invalid("arena '" + arena.name() + "' has no root");
    }
    ArenaView view = view(new PathMarks(arena, parts.index()), downloader);
    RootedArena.HouseholdParts household =
        new RootedArena.HouseholdParts(
            global, peers, downloader, change -> tellTogether(() -> tell(change)));
    RootedArena rooted = new RootedArena(arena, root, parts, view, household);
    attach(new MountedArena(view, rooted));
    return new HintListener() {
      @Override
      public void touched(Set<RelativePath> names, long number) {
        if (isShown(view)) {
          List<RootedArena.ChangedName> changes = rooted.touched(names);
          tellTogether(() -> changes.forEach(HouseholdView.this::tell));
        }
      }

      @Override
      public boolean isOwn(RelativePath path) {
        return rooted.isOwn(path);
      }

      @Override
      public void indexed(long number) {}
    };
  }

  private ArenaView view(PathMarks marks, Downloader downloader) throws RealizeException {
    ArenaName name = marks.arena().name();
    if (name.path().parts().getFirst().equals(RESERVED)) {
      throw new Invalid("arena '" + name + "': '" + RESERVED + "' is reserved");
    }
    return new ArenaView(marks, downloader, peers, born);
  }

  private void attach(MountedArena arena) throws RealizeException {
    replace(arena.name(), List.of(arena));
    arena.stored().store().addListener(changes -> committed(arena, changes.names()));
    tellAppearance(arena.name());
  }

  /** Shows the arena no more; open files go on. */
  public void detach(ArenaName name) throws RealizeException {
    replace(name, List.of());
    tellAppearance(name);
  }

  private void replace(ArenaName name, List<MountedArena> with) throws RealizeException {
    changing.lock();
    try {
      List<MountedArena> next = new ArrayList<>(with);
      for (MountedArena other : skeleton.arenas()) {
        if (other.name().equals(name)) {
          continue;
        }
        if (!with.isEmpty() && other.name().overlaps(name)) {
          throw new Invalid("arenas '" + name + "' and '" + other.name() + "' lie in each other");
        }
        next.add(other);
      }
      skeleton = Skeleton.of(global, next, born);
    } finally {
      changing.unlock();
    }
  }

  // ---- what changed

  private void committed(MountedArena arena, List<NameChange> changes) {
    arena.stored().committed(changes);
    if (!isShown(arena.stored())) {
      return;
    }
    RootedArena rooted = arena.rooted();
    tellTogether(() -> {
      for (NameChange change : changes) {
        if (rooted == null) {
          tell(change, change.directory());
        } else {
          committed(rooted, change);
        }
      }
    });
  }

  private void tellTogether(Runnable changes) {
    listeners.forEach(ViewListener::began);
    try {
      changes.run();
    } finally {
      listeners.forEach(ViewListener::ended);
    }
  }

  private void committed(RootedArena rooted, NameChange change) {
    try {
      RelativePath path = rooted.names().position(change.directory()).path();
      RelativePath name = RootedNames.child(path, change.name());
      EntryName at = rooted.names().entryAt(name);
      Inode known = at == null ? null : rooted.knownAt(at);
      if (at == null || rooted.isOwn(name, at, change.after())) {
        return;
      }
      if (known == null) {
        tell(change, at.directory());
      } else if (isSame(change) || rooted.isWritten(known)) {
        tellOf(known, change); // it keeps its inode
      } else {
        tell(rooted.shownNow(at, known));
      }
    } catch (RealizeException gone) {
      tell(change, change.directory());
    }
  }

  private void tell(NameChange change, Inode directory) {
    Inode after = change.after();
    for (ViewListener listener : listeners) {
      if (change.isEdited() && after != null) {
        listener.contentChanged(after);
      } else if (after != null && after.equals(change.before())) {
        listener.attributesChanged(after);
      } else {
        listener.entryChanged(new EntryName(directory, change.name()), change.before(), after);
      }
    }
  }

  private static boolean isSame(NameChange change) {
    return change.after() != null && change.after().equals(change.before());
  }

  private void tellOf(Inode known, NameChange change) {
    for (ViewListener listener : listeners) {
      if (isSame(change) && !change.isEdited()) {
        listener.attributesChanged(known);
      } else {
        listener.contentChanged(known);
      }
    }
  }

  private void tell(RootedArena.ChangedName change) {
    Inode inode = change.before();
    for (ViewListener listener : listeners) {
      if (!change.isSame()) {
        listener.entryChanged(change.at(), inode, change.after());
      }
      if (inode != null) {
        listener.contentChanged(inode);
      }
    }
  }

  private boolean isShown(ArenaView view) {
    return skeleton.arena(view.name()).filter(arena -> arena.stored() == view).isPresent();
  }

  private void tellAppearance(ArenaName name) throws StorageFailed {
    String path = "";
    for (String part : name.path().parts()) {
      Inode directory = global.directoryInode(path);
      listeners.forEach(listener -> listener.entryChanged(directory, part));
      path = path.isEmpty() ? part : path + "/" + part;
    }
  }

  @Override
  public void addListener(ViewListener listener) {
    listeners.add(listener);
  }

  // ---- names and attributes

  /** The part of the view that has {@code inode}; fails if none has. */
  private Region region(Skeleton now, Inode inode) throws RealizeException {
    if (inode.isTransient()) {
      return conflicts;
    }
    Optional<ArenaName> name = global.arenaOf(inode);
    if (name.isEmpty()) {
      return now.directory(inode).orElseThrow(() -> new NotFound("no " + inode));
    }
    return now.arena(name.get())
        .map(MountedArena::region)
        .orElseThrow(
            () -> new NotFound("no " + inode + ": arena '" + name.get() + "' is not mounted"));
  }

  @Override
  public Attributes lookup(Inode directory, String name) throws RealizeException {
    if (directory.equals(Inode.ROOT) && name.equals(RESERVED)) {
      return conflicts.top();
    }
    return region(skeleton, directory).lookup(directory, name);
  }

  @Override
  public Attributes attributes(Inode inode) throws RealizeException {
    return region(skeleton, inode).attributes(inode);
  }

  @Override
  public Inode parent(Inode inode) throws RealizeException {
    Skeleton now = skeleton;
    Optional<Inode> above = now.parentOfArena(inode);
    return above.isPresent() ? above.get() : region(now, inode).parent(inode);
  }

  @Override
  public String readLink(Inode inode) throws RealizeException {
    return region(skeleton, inode).readLink(inode);
  }

  @Override
  public List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries)
      throws RealizeException {
    return region(skeleton, directory).list(directory, cursor, maxEntries);
  }

  @Override
  public String pathOf(Inode inode) throws RealizeException {
    ArenaName name = global.arenaOf(inode).orElseThrow(() -> new NotFound("no path of " + inode));
    MountedArena arena =
        skeleton.arena(name).orElseThrow(() -> new NotFound("'" + name + "' is not mounted"));
    RootedArena rooted = arena.rooted();
    RelativePath path =
        rooted == null ? arena.stored().pathOf(inode) : rooted.names().position(inode).path();
    return path.isRoot() ? name.toString() : name + "/" + path;
  }

  // ---- bytes

  @Override
  public OpenFile open(Inode inode) throws RealizeException {
    return region(skeleton, inode).open(inode);
  }

  @Override
  public Optional<byte[]> attribute(Inode inode, String name) throws RealizeException {
    return region(skeleton, inode).attribute(inode, name);
  }

  @Override
  public Capacity capacity() throws RealizeException {
    return Capacity.of(space.usage());
  }

  // ---- changes by programs

  /** The part of the view that has {@code inode}, where programs may change it. */
  private EditableRegion editable(Inode inode) throws RealizeException {
    Skeleton now = skeleton;
    if (region(now, inode) instanceof EditableRegion region) {
      return region;
    }
    int errno = now.directory(inode).isPresent() ? Errno.EPERM : Errno.EROFS;
    throw new CallFailed("change " + inode, errno);
  }

  /** As {@link #editable}, of a name in a directory. */
  private EditableRegion editable(EntryName at) throws RealizeException {
    return editable(at.directory());
  }

  /** EBUSY for an arena, and a directory above one. */
  private void requireNoArena(EntryName at) throws RealizeException {
    Skeleton now = skeleton;
    Optional<Region> directory = now.directory(at.directory());
    if (directory.isPresent()) {
      Inode ignored = directory.get().lookup(at.directory(), at.name()).inode();
      throw new CallFailed("'" + at.name() + "' is an arena, or above one", Errno.EBUSY);
    }
  }

  @Override
  public OpenFile open(Inode inode, OpenFlags flags, Caller caller) throws RealizeException {
    if (region(skeleton, inode) instanceof EditableRegion region) {
      return region.open(inode, flags, caller);
    }
    if (flags.writes() || flags.truncates()) {
      throw new CallFailed("open " + inode + " for writing", Errno.EROFS);
    }
    return open(inode);
  }

  @Override
  public Created create(EntryName at, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return editable(at).create(at, mode, flags, caller);
  }

  @Override
  public Created createNameless(Inode directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    return editable(directory).createNameless(directory, mode, flags, caller);
  }

  @Override
  public Attributes makeNode(EntryName at, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    return editable(at).makeNode(at, kind, device, mode, caller);
  }

  @Override
  public Attributes makeDirectory(EntryName at, NewMode mode, Caller caller)
      throws RealizeException {
    return editable(at).makeDirectory(at, mode, caller);
  }

  @Override
  public Attributes makeLink(EntryName at, String target, Caller caller) throws RealizeException {
    return editable(at).makeLink(at, target, caller);
  }

  @Override
  public Attributes link(Inode inode, EntryName at, Caller caller) throws RealizeException {
    EditableRegion region = editable(at);
    requireSame(region, editable(inode));
    return region.link(inode, at, caller);
  }

  @Override
  public void rename(EntryName from, EntryName to, RenameKind kind, Caller caller)
      throws RealizeException {
    requireNoArena(from);
    EditableRegion region = editable(from);
    requireSame(region, editable(to));
    region.rename(from, to, kind, caller);
  }

  /** Arenas are file systems of their own. */
  private static void requireSame(EditableRegion one, EditableRegion other) throws CallFailed {
    if (!one.equals(other)) {
      throw new CallFailed("names of two arenas", Errno.EXDEV);
    }
  }

  @Override
  public void remove(EntryName at, Caller caller) throws RealizeException {
    requireNoArena(at);
    editable(at).remove(at, caller);
  }

  @Override
  public void removeDirectory(EntryName at, Caller caller) throws RealizeException {
    requireNoArena(at);
    editable(at).removeDirectory(at, caller);
  }

  @Override
  public Attributes change(
      Inode inode, @Nullable OpenFile open, AttributeChange change, Caller caller)
      throws RealizeException {
    return editable(inode).change(inode, open, change, caller);
  }

  @Override
  public void force(Inode directory) throws RealizeException {
    if (region(skeleton, directory) instanceof EditableRegion region) {
      region.force(directory);
    }
  }

  @Override
  public List<String> attributeNames(Inode inode) throws RealizeException {
    return region(skeleton, inode) instanceof EditableRegion region
        ? region.attributeNames(inode)
        : List.of();
  }

  @Override
  public void setAttribute(
      Inode inode, String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException {
    if (StatusAttributes.has(name)) {
      region(skeleton, inode).setOwnAttribute(inode, name, value, setting);
    } else {
      editable(inode).setAttribute(inode, name, value, setting, caller);
    }
  }

  @Override
  public void removeAttribute(Inode inode, String name, Caller caller) throws RealizeException {
    if (StatusAttributes.has(name)) {
      region(skeleton, inode).setOwnAttribute(inode, name, null, AttributeSetting.ALWAYS);
    } else {
      editable(inode).removeAttribute(inode, name, caller);
    }
  }

  @Override
  public Capacity capacity(Inode inode) throws RealizeException {
    return region(skeleton, inode) instanceof EditableRegion region
        ? region.capacity(inode)
        : capacity();
  }
}
