package org.realize.sync.view;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Listed;
import org.realize.sync.port.NameHash;
import org.realize.sync.port.Node;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.RootedNames.Position;
import org.realize.sync.view.RootedNames.ShownEntry;
import org.realize.sync.view.RootedNames.StoredName;

/**
 * The listing of directories of an arena with a root: the names of its disk and of its store, each
 * once, in the order of their {@link NameHash}. That order needs no memory of a listing: a name
 * keeps its place whichever side has it, so what is there all the time comes exactly once. Names of
 * equal hash, of which there are hardly two, go by name.
 *
 * <p>A disk lists in an order of its own, so its names are read at the start of each listing, and
 * kept sorted until it ends: of at most {@value #MAX_DIRECTORIES} directories, and {@value
 * #MAX_NAMES} names in all, 12 bytes and its UTF-8 each; what was dropped is read again.
 * Thread-safe.
 */
final class UnionListing {

  private static final int MAX_DIRECTORIES = 64;
  private static final int MAX_NAMES = 1 << 20;
  private static final int PROBES = 1 << NameHash.PROBE_BITS;

  /** The names of a directory of the disk in the order of a listing. */
  private static final class SortedNames {
    private final byte[] names;

    /** By name, where it ends in {@link #names}. */
    private final int[] ends;

    private final long[] hashes;

    SortedNames(List<String> listed) {
      record Hashed(long hash, String name) {}
      Hashed[] sorted =
          listed.stream()
              .filter(name -> !RootedNames.isReserved(name))
              .map(name -> new Hashed(NameHash.of(name), name))
              .toArray(Hashed[]::new);
      Arrays.sort(sorted, Comparator.comparingLong(Hashed::hash).thenComparing(Hashed::name));
      hashes = Arrays.stream(sorted).mapToLong(Hashed::hash).toArray();
      ends = new int[sorted.length];
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int i = 0; i < sorted.length; i++) {
        all.writeBytes(sorted[i].name().getBytes(StandardCharsets.UTF_8));
        ends[i] = all.size();
      }
      names = all.toByteArray();
    }

    int size() {
      return hashes.length;
    }

    String name(int index) {
      int start = index == 0 ? 0 : ends[index - 1];
      return new String(names, start, ends[index] - start, StandardCharsets.UTF_8);
    }

    long hash(int index) {
      return hashes[index];
    }

    /** The index of the first name of this hash or a higher one. */
    int from(long hash) {
      int index = Arrays.binarySearch(hashes, hash);
      index = index < 0 ? -index - 1 : index;
      while (index > 0 && hashes[index - 1] == hash) {
        index--;
      }
      return index;
    }
  }

  private final Arena arena;
  private final EditableDisk disk;
  private final RootRules rules;
  private final RootedNames names;
  private final ArenaView stored;

  /** By directory, the one that was listed last at the end; guarded by this. */
  private final LinkedHashMap<Inode, SortedNames> listings = new LinkedHashMap<>(16, 0.75f, true);

  /** Of all listings; guarded by this. */
  private int kept;

  UnionListing(
      Arena arena, EditableDisk disk, RootRules rules, RootedNames names, ArenaView stored) {
    this.arena = arena;
    this.disk = disk;
    this.rules = rules;
    this.names = names;
    this.stored = stored;
  }

  /** As {@link Region#list}. */
  List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries) throws RealizeException {
    return names.steady(() -> page(directory, cursor, maxEntries));
  }

  private List<DirectoryEntry> page(Inode directory, long cursor, int maxEntries)
      throws RealizeException {
    Position position = names.position(directory);
    if (cursor == 0) {
      requireDirectory(directory, position.path());
    }
    SortedNames onDisk = onDisk(directory, position.path(), cursor == 0);
    List<DirectoryEntry> entries = new ArrayList<>();
    long next = cursor;
    while (entries.isEmpty()) {
      NamePage page = page(directory, position, onDisk, next, maxEntries);
      entries.addAll(entries(directory, position.path(), page, next));
      next = page.next();
      if (next == Long.MAX_VALUE) {
        break;
      }
    }
    if (entries.isEmpty()) {
      forget(directory);
    }
    return entries.size() <= maxEntries ? entries : entries.subList(0, maxEntries);
  }

  private void requireDirectory(Inode directory, RelativePath path) throws RealizeException {
    boolean isDirectory =
        path.isRoot()
            || switch (names.of(directory)) {
              case ShownEntry.OnDisk found -> found.isDirectory();
              case ShownEntry.InStore found -> found.isDirectory();
              case ShownEntry.OnBranch _, ShownEntry.NoEntry _ -> false;
            };
    if (!isDirectory) {
      throw new CallFailed("list '" + path + "'", Errno.ENOTDIR);
    }
  }

  private SortedNames onDisk(Inode directory, RelativePath path, boolean isStart)
      throws RealizeException {
    if (!isStart) {
      synchronized (this) {
        SortedNames known = listings.get(directory);
        if (known != null) {
          return known;
        }
      }
    }
    List<String> here = new ArrayList<>(rules.isDoubtful(path) ? List.of() : namesAt(path));
    names.branchesIn(path).stream().filter(name -> !here.contains(name)).forEach(here::add);
    SortedNames read = new SortedNames(here);
    synchronized (this) {
      SortedNames before = listings.put(directory, read);
      kept += read.size() - (before == null ? 0 : before.size());
      Iterator<SortedNames> oldest = listings.values().iterator();
      while (listings.size() > MAX_DIRECTORIES || (kept > MAX_NAMES && listings.size() > 1)) {
        kept -= oldest.next().size();
        oldest.remove();
      }
    }
    return read;
  }

  /** Forgets the names of a directory, of which a program has got all. */
  private synchronized void forget(Inode directory) {
    SortedNames read = listings.remove(directory);
    kept -= read == null ? 0 : read.size();
  }

  private List<String> namesAt(RelativePath path) throws RealizeException {
    try {
      return disk.names(path);
    } catch (CallFailed e) {
      if (e.errno() == Errno.ENOENT || e.errno() == Errno.ENOTDIR) {
        return List.of(); // it is only in the store
      }
      throw e;
    }
  }

  /**
   * Names from a place on, whole groups of equal hash.
   *
   * @param names by hash, in order, with the store's node where it has one
   * @param next the cursor after them, the highest number at the end
   */
  private record NamePage(SortedMap<Long, SortedMap<String, StoredName>> names, long next) {}

  private NamePage page(
      Inode directory, Position position, SortedNames onDisk, long cursor, int maxEntries)
      throws RealizeException {
    long from = cursor == 0 ? 0 : NameHash.ofCursor(cursor);
    int size = maxEntries + PROBES;
    return arena
        .store()
        .read(reader -> {
          SortedMap<Long, SortedMap<String, StoredName>> page = new TreeMap<>();
          Node node =
              position.isStored()
                  ? reader.node(directory).orElse(null)
                  : RootedNames.find(reader, position.path());
          List<Listed> listed =
              node == null
                  ? List.of()
                  : reader.list(node.inode(), Math.max(0, (from << NameHash.PROBE_BITS) - 1), size);
          int first = onDisk.from(from);
          int last = Math.min(onDisk.size(), first + size);
          long end = Long.MAX_VALUE; // hashes from here on may have more names
          if (listed.size() == size) {
            end = NameHash.ofCursor(listed.getLast().cursor());
          }
          if (last < onDisk.size()) {
            end = Math.min(end, onDisk.hash(last - 1));
          }
          end = Math.max(end, from + 1); // whatever names an enemy makes, it goes on
          for (Listed each : listed) {
            long hash = NameHash.ofCursor(each.cursor());
            if (hash < end) {
              add(page, hash, each.node().name(), each.node());
            }
          }
          for (int i = first; i < last && onDisk.hash(i) < end; i++) {
            add(page, onDisk.hash(i), onDisk.name(i), null);
          }
          for (SortedMap<String, StoredName> group : page.values()) {
            for (Map.Entry<String, StoredName> each : group.entrySet()) {
              RelativePath path = position.path().child(each.getKey());
              each.setValue(new StoredName(each.getValue().node(), reader.path(path).orElse(null)));
            }
          }
          return new NamePage(page, end == Long.MAX_VALUE ? end : NameHash.cursor(end, 0));
        });
  }

  private static void add(
      SortedMap<Long, SortedMap<String, StoredName>> page,
      long hash,
      String name,
      @Nullable Node node) {
    SortedMap<String, StoredName> group = page.computeIfAbsent(hash, _ -> new TreeMap<>());
    if (node != null || !group.containsKey(name)) {
      group.put(name, new StoredName(node, null));
    }
  }

  private List<DirectoryEntry> entries(
      Inode directory, RelativePath path, NamePage page, long cursor) throws RealizeException {
    List<String> all = new ArrayList<>();
    page.names().values().forEach(group -> all.addAll(group.keySet()));
    List<@Nullable DiskNode> stats = stats(path, all);
    List<DirectoryEntry> entries = new ArrayList<>();
    int index = 0;
    for (Map.Entry<Long, SortedMap<String, StoredName>> group : page.names().entrySet()) {
      int probe = 0;
      for (Map.Entry<String, StoredName> each : group.getValue().entrySet()) {
        DiskNode found = stats.get(index++);
        long at = NameHash.cursor(group.getKey(), probe++);
        if (at > cursor) {
          EntryName name = new EntryName(directory, each.getKey());
          ShownEntry shown = shown(path.child(each.getKey()), name, each.getValue(), found);
          switch (shown) {
            case ShownEntry.NoEntry _ -> {}
            case ShownEntry.OnDisk(_, Inode inode, DiskNode node) ->
                entries.add(new DirectoryEntry(at, each.getKey(), node.attributes(inode, false)));
            case ShownEntry.OnBranch(_, Inode inode, DiskNode node, _) ->
                entries.add(new DirectoryEntry(at, each.getKey(), node.attributes(inode, false)));
            case ShownEntry.InStore(_, Node node, _) ->
                entries.add(new DirectoryEntry(at, each.getKey(), stored.attributes(node)));
          }
        }
      }
    }
    return entries;
  }

  /** One name; what may have changed between the looks at both sides is looked at again. */
  private ShownEntry shown(
      RelativePath path, EntryName at, StoredName known, @Nullable DiskNode found)
      throws RealizeException {
    return RootedNames.isPlain(known, found) ? names.judge(path, at, known, found) : names.show(at);
  }

  private List<@Nullable DiskNode> stats(RelativePath path, List<String> all)
      throws RealizeException {
    return all.isEmpty() ? List.of() : disk.stats(path, all);
  }
}
