package org.realize.sync.view;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.IsADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.GlobalStore;

/**
 * The directories above the arenas: {@code photos} of {@code photos/trips}, and the root.
 * Immutable; a change of the set of arenas makes another. Listings go by inode, so that a cursor,
 * which is the inode of the entry before, stays valid whatever comes and goes.
 */
final class Skeleton {

  private static final int DIRECTORY_MODE = 0755;
  private static final long DIRECTORY_BYTES = 4096;

  /**
   * A name in a directory above the arenas.
   *
   * @param region another such directory, or an arena, whose root it is
   */
  private record Child(String name, Inode inode, Region region) {
    Attributes attributes() throws RealizeException {
      return region.attributes(inode);
    }
  }

  /** A directory above the arenas. */
  private static final class SkeletonDirectory implements Region {
    final Inode inode;
    private final Inode parent;
    private final FileTime born;
    private final Map<String, Child> byName = new HashMap<>();
    private final List<Child> byInode = new ArrayList<>();

    private SkeletonDirectory(Inode inode, Inode parent, FileTime born) {
      this.inode = inode;
      this.parent = parent;
      this.born = born;
    }

    private void add(Child child) {
      if (byName.putIfAbsent(child.name(), child) == null) {
        byInode.add(child);
        byInode.sort(Comparator.comparing(Child::inode));
      }
    }

    @Override
    public Attributes lookup(Inode directory, String name) throws RealizeException {
      Child child = byName.get(name);
      if (child == null) {
        throw new NotFound("no '" + name + "' in " + directory);
      }
      return child.attributes();
    }

    @Override
    public Attributes attributes(Inode inode) {
      return new Attributes(inode, FileKind.DIRECTORY, DIRECTORY_MODE, DIRECTORY_BYTES, 2, born);
    }

    @Override
    public Inode parent(Inode inode) {
      return parent;
    }

    @Override
    public String readLink(Inode inode) throws Invalid {
      throw new Invalid("read link " + inode + ": it is a directory");
    }

    @Override
    public List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries)
        throws RealizeException {
      List<DirectoryEntry> entries = new ArrayList<>();
      for (Child child : byInode) {
        if (child.inode().value() > cursor && entries.size() < maxEntries) {
          entries.add(new DirectoryEntry(child.inode().value(), child.name(), child.attributes()));
        }
      }
      return entries;
    }

    @Override
    public OpenFile open(Inode inode) throws IsADirectory {
      throw new IsADirectory("open " + inode);
    }

    @Override
    public Optional<byte[]> attribute(Inode inode, String name) {
      return Optional.empty();
    }
  }

  private final Map<Inode, SkeletonDirectory> directories = new HashMap<>();
  private final Map<ArenaName, MountedArena> arenas = new HashMap<>();

  /** The directory that holds each arena, by the inode of the arena's root. */
  private final Map<Inode, Inode> above = new HashMap<>();

  private Skeleton() {}

  /**
   * The directories above {@code arenas}, with their inodes from {@code global}.
   *
   * @param born the mtime of the directories
   */
  static Skeleton of(GlobalStore global, Collection<MountedArena> arenas, FileTime born)
      throws StorageFailed {
    Skeleton skeleton = new Skeleton();
    SkeletonDirectory root = new SkeletonDirectory(Inode.ROOT, Inode.ROOT, born);
    skeleton.directories.put(root.inode, root);
    for (MountedArena arena : arenas) {
      skeleton.arenas.put(arena.name(), arena);
      SkeletonDirectory above = root;
      StringBuilder path = new StringBuilder();
      List<String> parts = arena.name().path().parts();
      for (String part : parts.subList(0, parts.size() - 1)) {
        path.append(path.isEmpty() ? "" : "/").append(part);
        Inode inode = global.directoryInode(path.toString());
        Inode parent = above.inode;
        SkeletonDirectory directory =
            skeleton.directories.computeIfAbsent(
                inode, i -> new SkeletonDirectory(i, parent, born));
        above.add(new Child(part, inode, directory));
        above = directory;
      }
      above.add(new Child(parts.getLast(), arena.root(), arena.region()));
      skeleton.above.put(arena.root(), above.inode);
    }
    return skeleton;
  }

  Collection<MountedArena> arenas() {
    return arenas.values();
  }

  Optional<MountedArena> arena(ArenaName name) {
    return Optional.ofNullable(arenas.get(name));
  }

  /** The directory above the arenas with this inode; empty when it is none. */
  Optional<Region> directory(Inode inode) {
    return Optional.ofNullable(directories.get(inode));
  }

  /** The directory that holds the arena with this root; empty if it is no arena's. */
  Optional<Inode> parentOfArena(Inode root) {
    return Optional.ofNullable(above.get(root));
  }
}
