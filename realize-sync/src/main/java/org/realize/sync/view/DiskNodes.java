package org.realize.sync.view;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.index.NodeIds;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter.InodeBlock;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;

/**
 * The inodes by which programs know files of one root's disk that the store does not show, or shows
 * at another name: those that were made, renamed or linked since they were indexed. Such a file
 * keeps its inode when the index commits it, and is forgotten here once the store shows it so.
 *
 * <p>A new inode is taken from a block that the store has durably marked as used. At most {@value
 * #MAX_NODES} files are kept; beyond that the one that was not asked for longest is forgotten,
 * unless it is open: a program that names it finds it again, by another inode if the index has not
 * seen it meanwhile. Thread-safe; its monitor is innermost.
 */
public final class DiskNodes implements NodeIds {

  static final int MAX_NODES = 1 << 18;
  private static final int MAX_RENAMES = 64;
  private static final int BLOCK_INODES = 1024;

  /** A file with its names, the last one that was used first. */
  private static final class KnownNode {
    final Inode inode;
    final DiskKey key;
    final List<EntryName> names = new ArrayList<>(1);
    int opens;

    KnownNode(Inode inode, DiskKey key) {
      this.inode = inode;
      this.key = key;
    }
  }

  /** A directory that was renamed. */
  private record RenamedDirectory(RelativePath from, RelativePath to) {}

  private final ArenaStore store;

  /** By inode, the one that was asked for last at the end; guarded by this, as all below. */
  private final LinkedHashMap<Inode, KnownNode> nodes = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<DiskKey, KnownNode> byKey = new HashMap<>();
  private final Map<EntryName, KnownNode> byName = new HashMap<>();
  private final Deque<RenamedDirectory> renames = new ArrayDeque<>();
  private long nextInode;
  private int left;

  /** The inodes of one arena with a root. */
  public DiskNodes(ArenaStore store) {
    this.store = store;
  }

  /** True if it knows nothing, so that the store alone says where inodes are. */
  synchronized boolean isEmpty() {
    return nodes.isEmpty();
  }

  /** The name that a file is known by here; null if the store has it. */
  synchronized @Nullable EntryName nameOf(Inode inode) {
    KnownNode node = nodes.get(inode);
    return node == null || node.names.isEmpty() ? null : node.names.getFirst();
  }

  /** All names that a file is known by here. */
  synchronized List<EntryName> namesOf(Inode inode) {
    KnownNode node = nodes.get(inode);
    return node == null ? List.of() : List.copyOf(node.names);
  }

  /** The inode that has this name here. */
  synchronized @Nullable Inode at(EntryName name) {
    KnownNode node = byName.get(name);
    return node == null ? null : node.inode;
  }

  /** The inode of a file that was found at a name; null if it is not known here. */
  synchronized @Nullable Inode find(DiskKey key, EntryName name) {
    KnownNode node = byKey.get(key);
    if (node == null) {
      return null;
    }
    nodes.get(node.inode); // it was asked for
    addName(node, name);
    return node.inode;
  }

  /** True if {@code inode} is that of another file than {@code key}'s. */
  synchronized boolean isOther(Inode inode, DiskKey key) {
    KnownNode node = nodes.get(inode);
    return node != null && !node.key.equals(key);
  }

  /**
   * Notes a file at a name; returns its inode, which is the one that is known, else {@code inode},
   * else a new one.
   */
  Inode add(DiskKey key, EntryName name, @Nullable Inode inode) throws RealizeException {
    while (true) {
      synchronized (this) {
        KnownNode node = byKey.get(key);
        if (node == null) {
          Inode given = inode != null && !nodes.containsKey(inode) ? inode : next();
          node = given == null ? null : new KnownNode(given, key);
        }
        if (node != null) {
          nodes.put(node.inode, node);
          byKey.put(key, node);
          addName(node, name);
          evict();
          return node.inode;
        }
      }
      reserve();
    }
  }

  /** As {@link #add}, of a file without a name, which is to be opened at once. */
  Inode addNameless(DiskKey key) throws RealizeException {
    while (true) {
      synchronized (this) {
        Inode given = next();
        if (given != null) {
          KnownNode node = new KnownNode(given, key);
          nodes.put(given, node);
          byKey.put(key, node);
          return given;
        }
      }
      reserve();
    }
  }

  private @Nullable Inode next() {
    if (left == 0) {
      return null;
    }
    left--;
    return new Inode(nextInode++);
  }

  /** Fills the block; of two threads that do so, the inodes of one are never used. */
  private void reserve() throws RealizeException {
    InodeBlock block =
        store.write(writer -> {
          return writer.reserveInodes(BLOCK_INODES);
        });
    store.force();
    synchronized (this) {
      if (left == 0) {
        nextInode = block.first().value();
        left = block.count();
      }
    }
  }

  private void addName(KnownNode node, EntryName name) {
    KnownNode before = byName.put(name, node);
    if (before != null && before != node) {
      before.names.remove(name);
    }
    if (node.names.isEmpty() || !node.names.getFirst().equals(name)) {
      node.names.remove(name);
      node.names.addFirst(name);
    }
  }

  private void evict() {
    Iterator<KnownNode> oldest = nodes.values().iterator();
    for (int looks = 0; nodes.size() > MAX_NODES && looks < MAX_NODES; looks++) {
      KnownNode node = oldest.next();
      if (node.opens == 0) {
        oldest.remove();
        drop(node);
      }
    }
  }

  private void drop(KnownNode node) {
    byKey.remove(node.key, node);
    node.names.forEach(name -> byName.remove(name, node));
  }

  /** A name of a file is gone, or another's. */
  synchronized void removed(EntryName name) {
    KnownNode node = byName.remove(name);
    if (node != null) {
      node.names.remove(name);
      if (node.names.isEmpty() && node.opens == 0) {
        nodes.remove(node.inode);
        drop(node);
      }
    }
  }

  /** A name shows another inode than {@code inode}, or none. */
  synchronized void lost(EntryName name, Inode inode) {
    KnownNode node = byName.get(name);
    if (node != null && node.inode.equals(inode)) {
      removed(name);
    }
  }

  /** A file is open once more; it is kept until it is {@link #closed} as often. */
  synchronized void opened(Inode inode) {
    KnownNode node = nodes.get(inode);
    if (node != null) {
      node.opens++;
    }
  }

  synchronized void closed(Inode inode) {
    KnownNode node = nodes.get(inode);
    if (node != null && node.opens > 0 && --node.opens == 0 && node.names.isEmpty()) {
      nodes.remove(inode);
      drop(node);
    }
  }

  /** Forgets a file with one name if the store shows it so. */
  synchronized void indexed(EntryName name, Inode inode) {
    KnownNode node = byName.get(name);
    if (node != null && node.inode.equals(inode) && node.names.size() == 1 && node.opens == 0) {
      nodes.remove(inode);
      drop(node);
    }
  }

  /** Notes that all below {@code from} is below {@code to}. */
  synchronized void renamed(RelativePath from, RelativePath to) {
    renames.addFirst(new RenamedDirectory(from, to));
    if (renames.size() > MAX_RENAMES) {
      renames.removeLast();
    }
  }

  private synchronized List<RelativePath> formerPaths(RelativePath path) {
    List<RelativePath> former = new ArrayList<>();
    RelativePath at = path;
    for (RenamedDirectory each : renames) {
      if (each.to().contains(at)) {
        String rest = at.toString().substring(each.to().toString().length());
        at = RelativePath.of(each.from() + rest);
        former.add(at);
      }
    }
    return former;
  }

  /** The inode that the store has for a file of the disk by the name before a rename above it. */
  @Nullable Inode former(ArenaReader reader, RelativePath path, FileStat stat)
      throws StorageFailed {
    for (RelativePath earlier : formerPaths(path)) {
      PathState state = reader.path(earlier).orElse(null);
      FileStat indexed = state == null ? null : state.realStat();
      if (indexed != null && indexed.sameInode(stat)) {
        Node node = RootedNames.find(reader, earlier);
        return node == null ? null : node.inode();
      }
    }
    return null;
  }

  @Override
  public Optional<Inode> of(ArenaReader reader, RelativePath path, FileStat stat)
      throws StorageFailed {
    Inode known;
    synchronized (this) {
      KnownNode node = byKey.get(DiskKey.of(stat));
      known = node == null ? null : node.inode;
    }
    return Optional.ofNullable(known == null ? former(reader, path, stat) : known);
  }
}
