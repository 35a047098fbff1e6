package org.realize.sync.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.OpenFile;
import org.realize.sync.index.HintListener;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
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
public final class HouseholdView implements FileView {

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
    conflicts = new ConflictRegion(() -> skeleton.arenas(), names, born);
  }

  /**
   * Shows {@code arena}; replaces an arena of the same name. Returns what is to hear of hints about
   * its root.
   */
  public HintListener attach(Arena arena, Downloader downloader) throws RealizeException {
    ArenaName name = arena.name();
    if (name.path().parts().getFirst().equals(RESERVED)) {
      throw new Invalid("arena '" + name + "': '" + RESERVED + "' is reserved");
    }
    ArenaView view = new ArenaView(arena, downloader, peers, born);
    replace(name, List.of(view));
    arena.store().addListener(changes -> committed(view, changes.names()));
    tellAppearance(name);
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

  /** Shows the arena no more; open files go on. */
  public void detach(ArenaName name) throws RealizeException {
    replace(name, List.of());
    tellAppearance(name);
  }

  private void replace(ArenaName name, List<ArenaView> with) throws RealizeException {
    changing.lock();
    try {
      List<ArenaView> next = new ArrayList<>(with);
      for (ArenaView other : skeleton.arenas()) {
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

  private void committed(ArenaView view, List<NameChange> changes) {
    view.committed(changes);
    if (listeners.isEmpty() || !isShown(view)) {
      return;
    }
    for (NameChange change : changes) {
      Inode after = change.after();
      for (ViewListener listener : listeners) {
        if (after != null && after.equals(change.before())) {
          listener.attributesChanged(after);
        } else {
          listener.entryChanged(change.directory(), change.name());
        }
      }
    }
  }

  private boolean isShown(ArenaView view) {
    return skeleton.arena(view.name()).orElse(null) == view;
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
    DiskUsage usage = space.usage();
    int block = usage.blockBytes();
    return new Capacity(
        block,
        usage.totalBytes() / block,
        usage.freeBytes() / block,
        usage.availableBytes() / block,
        usage.files(),
        usage.freeFiles());
  }
}
