package org.realize.sync.view;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.GlobalStore;

/**
 * The directories above the arenas: {@code photos} of {@code photos/trips}, and the root.
 * Immutable; a change of the set of arenas makes another. Listings go by inode, so that a cursor,
 * which is the inode of the entry before, stays valid whatever comes and goes.
 */
final class Skeleton {

  /** A name in a directory above the arenas: another such directory, or an arena's root. */
  record Child(String name, Inode inode, @Nullable ArenaView arena) {}

  /** A directory above the arenas. */
  static final class Directory {
    final Inode inode;
    final Inode parent;
    private final Map<String, Child> byName = new HashMap<>();
    private final List<Child> byInode = new ArrayList<>();

    private Directory(Inode inode, Inode parent) {
      this.inode = inode;
      this.parent = parent;
    }

    @Nullable Child child(String name) {
      return byName.get(name);
    }

    /** Children whose inode is above {@code cursor}, in that order. */
    List<Child> after(long cursor, int max) {
      return byInode.stream().filter(child -> child.inode().value() > cursor).limit(max).toList();
    }

    private void add(Child child) {
      if (byName.putIfAbsent(child.name(), child) == null) {
        byInode.add(child);
        byInode.sort(Comparator.comparing(Child::inode));
      }
    }
  }

  private final Map<Inode, Directory> directories = new HashMap<>();
  private final Map<ArenaName, ArenaView> arenas = new HashMap<>();

  private Skeleton() {}

  /** The directories above {@code arenas}, with their inodes from {@code global}. */
  static Skeleton of(GlobalStore global, Collection<ArenaView> arenas) throws StorageFailed {
    Skeleton skeleton = new Skeleton();
    Directory root = new Directory(Inode.ROOT, Inode.ROOT);
    skeleton.directories.put(root.inode, root);
    for (ArenaView arena : arenas) {
      skeleton.arenas.put(arena.name(), arena);
      Directory above = root;
      StringBuilder path = new StringBuilder();
      List<String> parts = arena.name().path().parts();
      for (String part : parts.subList(0, parts.size() - 1)) {
        path.append(path.isEmpty() ? "" : "/").append(part);
        Inode inode = global.directoryInode(path.toString());
        Inode parent = above.inode;
        above.add(new Child(part, inode, null));
        above = skeleton.directories.computeIfAbsent(inode, i -> new Directory(i, parent));
      }
      above.add(new Child(parts.getLast(), arena.root(), arena));
    }
    return skeleton;
  }

  Collection<ArenaView> arenas() {
    return arenas.values();
  }

  Optional<ArenaView> arena(ArenaName name) {
    return Optional.ofNullable(arenas.get(name));
  }

  /** The directory above the arenas with this inode; null when it is none. */
  @Nullable Directory directory(Inode inode) {
    return directories.get(inode);
  }

  /** The directory that holds an arena's root. */
  Inode parentOf(ArenaName arena) {
    for (Directory directory : directories.values()) {
      for (Child child : directory.byInode) {
        if (child.arena() != null && child.arena().name().equals(arena)) {
          return directory.inode;
        }
      }
    }
    return Inode.ROOT;
  }
}
