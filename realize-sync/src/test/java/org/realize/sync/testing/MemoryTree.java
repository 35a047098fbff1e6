package org.realize.sync.testing;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.realize.sync.testing.MemoryItem.Attributes;
import org.realize.sync.testing.MemoryItem.Directory;
import org.realize.sync.testing.NameJournal.Slot;
import org.realize.sync.testing.NameJournal.Step;

/**
 * The names and inodes of a {@link MemoryDisk}, with POSIX rules; guarded by the disk's monitor.
 */
final class MemoryTree {

  /** A file system: a tree of names with a device number, mounted at most once at a time. */
  static final class Volume {
    final Directory root;
    final long device;
    final long type;

    private Volume(Directory root, long device, long type) {
      this.root = root;
      this.device = device;
      this.type = type;
    }
  }

  /** A volume at the place where it is mounted. */
  record Mount(long id, Volume volume) {}

  /** An inode and the mount through which it was reached. */
  record Found(MemoryItem item, Mount mount) {
    FileStat stat() {
      return item.stat(mount.volume.device, mount.id);
    }
  }

  /** The slot of a path's last part; what is mounted on that name does not count. */
  record Place(Slot slot, Set<Slot> above, Mount mount) {
    @Nullable MemoryItem item() {
      return slot.directory().names.get(slot.name());
    }
  }

  private final TimeSource time;
  private final SparseBytes.Room room;
  private final NameJournal journal = new NameJournal();
  private Mount root;

  /** Covered directories → what is mounted there. */
  private final IdentityHashMap<Directory, Mount> mounts = new IdentityHashMap<>();

  private final List<Volume> volumes = new ArrayList<>();

  /** True where directories must be writable for their owner, as for all but root. */
  boolean isUnprivileged;

  private long lastFileKey;
  private long lastMount;

  MemoryTree(TimeSource time, SparseBytes.Room room, long device, long type) {
    this.time = time;
    this.room = room;
    root = new Mount(++lastMount, volume(device, type));
  }

  /** A new empty file system. */
  Volume volume(long device, long type) {
    Volume volume = new Volume(new Directory(nextFileKey(), now(0755)), device, type);
    volume.root.links = 1;
    volumes.add(volume);
    return volume;
  }

  /** Mounts the root's file system again. */
  void remount() {
    root = new Mount(++lastMount, root.volume);
  }

  /** Mounts a volume on a directory, on top of what is mounted there. */
  void mount(RelativePath path, Volume volume) throws IOException {
    Directory covered = directory(path);
    mounts.put(covered, new Mount(++lastMount, volume));
  }

  /** Takes off what was mounted last on a directory. */
  void unmount(RelativePath path) throws IOException {
    Directory top = directory(path);
    Directory covered =
        mounts.entrySet().stream()
            .filter(entry -> entry.getValue().volume.root == top)
            .map(Map.Entry::getKey)
            .findFirst()
            .orElseThrow(() -> new FileSystemException(path.toString(), null, "is not mounted"));
    mounts.remove(covered);
  }

  /** {@code item}, or what is mounted on it. */
  Found through(MemoryItem item, Mount mount) {
    Found found = new Found(item, mount);
    while (found.item instanceof Directory directory && mounts.containsKey(directory)) {
      Mount next = mounts.get(directory);
      found = new Found(next.volume.root, next);
    }
    return found;
  }

  /** Finds the directory of {@code path}'s last part; the root has no place. */
  Place place(RelativePath path) throws IOException {
    if (path.isRoot()) {
      throw new FileSystemException(path.toString(), null, "the root is no name");
    }
    Found at = through(root.volume.root, root);
    Directory directory = (Directory) at.item;
    Set<Slot> above = new HashSet<>();
    for (String part : path.parent().orElseThrow().parts()) {
      Slot slot = new Slot(directory, part);
      above.add(slot);
      MemoryItem item = directory.names.get(part);
      if (item == null) {
        throw new NoSuchFileException(path.toString());
      }
      at = through(item, at.mount);
      if (!(at.item instanceof Directory next)) {
        throw new NotDirectoryException(path.toString());
      }
      directory = next;
    }
    return new Place(new Slot(directory, path.name()), above, at.mount);
  }

  /** Null when there is nothing. */
  @Nullable Found locate(RelativePath path) throws IOException {
    if (path.isRoot()) {
      return through(root.volume.root, root);
    }
    Place place = place(path);
    MemoryItem item = place.item();
    return item == null ? null : through(item, place.mount());
  }

  /** A directory, with its mount. */
  Found listable(RelativePath path) throws IOException {
    Found found = locate(path);
    if (found == null) {
      throw new NoSuchFileException(path.toString());
    }
    if (!(found.item() instanceof Directory)) {
      throw new NotDirectoryException(path.toString());
    }
    return found;
  }

  @Nullable MemoryItem find(RelativePath path) throws IOException {
    Found found = locate(path);
    return found == null ? null : found.item();
  }

  MemoryItem get(RelativePath path) throws IOException {
    MemoryItem item = find(path);
    if (item == null) {
      throw new NoSuchFileException(path.toString());
    }
    return item;
  }

  Directory directory(RelativePath path) throws IOException {
    return (Directory) listable(path).item();
  }

  long nextFileKey() {
    return ++lastFileKey;
  }

  Attributes now(int mode) {
    long nanos = nowNanos();
    return new Attributes(mode, FileTime.ofNanos(nanos), nanos);
  }

  private long nowNanos() {
    return time.unixMillis() * 1_000_000;
  }

  /** A program read the file. */
  void read(MemoryItem.File file) {
    file.readNanos = nowNanos();
  }

  /** Contents changed: mtime and ctime. */
  void modified(MemoryItem item) {
    item.attributes = now(item.attributes.mode());
  }

  /** The inode changed: ctime alone. */
  void changed(MemoryItem item, int mode, FileTime mtime) {
    item.attributes = new Attributes(mode, mtime, nowNanos());
  }

  private void changed(MemoryItem item) {
    changed(item, item.attributes.mode(), item.attributes.mtime());
  }

  private void checkNotMounted(RelativePath path, @Nullable MemoryItem item) throws IOException {
    if (item instanceof Directory directory && mounts.containsKey(directory)) {
      throw new FileSystemException(path.toString(), null, "Device or resource busy");
    }
  }

  private static void checkOneMount(RelativePath path, Place one, Place other) throws IOException {
    if (!one.mount().equals(other.mount())) {
      throw new FileSystemException(path.toString(), null, "Invalid cross-device link");
    }
  }

  /** As {@link #place}, for a change of names in the directory. */
  private Place writable(RelativePath path) throws IOException {
    Place place = place(path);
    if (isUnprivileged && (place.slot().directory().attributes.mode() & 0300) != 0300) {
      throw new AccessDeniedException(path.toString());
    }
    return place;
  }

  /** Adds a name for {@code item}: a new one, or a hard link. */
  void add(RelativePath path, MemoryItem item) throws IOException {
    Place place = writable(path);
    if (place.item() != null) {
      throw new FileAlreadyExistsException(path.toString());
    }
    item.links++;
    changed(item);
    perform(new Step(Map.of(place.slot(), item), Set.of(), null));
  }

  /** Removes a name: of a file or link, or of an empty directory. */
  void removeDirectory(RelativePath path) throws IOException {
    MemoryItem item = place(path).item();
    if (item != null && !(item instanceof Directory)) {
      throw new NotDirectoryException(path.toString());
    }
    remove(path);
  }

  void remove(RelativePath path) throws IOException {
    Place place = writable(path);
    MemoryItem item = place.item();
    if (item == null) {
      throw new NoSuchFileException(path.toString());
    }
    checkNotMounted(path, item);
    if (item instanceof Directory directory && !directory.isEmpty()) {
      throw new DirectoryNotEmptyException(path.toString());
    }
    Map<Slot, @Nullable MemoryItem> changes = new HashMap<>();
    changes.put(place.slot(), null);
    perform(new Step(changes, Set.of(), item instanceof Directory directory ? directory : null));
    unlinked(item);
  }

  void rename(RelativePath source, RelativePath target) throws IOException {
    Place from = writable(source);
    MemoryItem item = from.item();
    if (item == null) {
      throw new NoSuchFileException(source.toString());
    }
    Place to = writable(target);
    MemoryItem replaced = to.item();
    checkOneMount(target, from, to);
    checkNotMounted(source, item);
    checkNotMounted(target, replaced);
    if (replaced == item) {
      return;
    }
    if (source.contains(target)) {
      throw new FileSystemException(source.toString(), target.toString(), "into itself");
    }
    checkReplaceable(item, replaced, target);
    Map<Slot, @Nullable MemoryItem> changes = new HashMap<>();
    changes.put(from.slot(), null);
    changes.put(to.slot(), item);
    perform(new Step(changes, to.above(), replaced instanceof Directory gone ? gone : null));
    changed(item);
    if (replaced != null) {
      unlinked(replaced);
    }
  }

  /** Gives each of two names what the other one has. */
  void exchange(RelativePath one, RelativePath other) throws IOException {
    MemoryItem first = get(one);
    MemoryItem second = get(other);
    if (one.contains(other) || other.contains(one)) {
      throw new FileSystemException(one.toString(), other.toString(), "into itself");
    }
    Place from = writable(one);
    Place to = writable(other);
    checkOneMount(other, from, to);
    checkNotMounted(one, from.item());
    checkNotMounted(other, to.item());
    Set<Slot> above = new HashSet<>(from.above());
    above.addAll(to.above());
    perform(new Step(Map.of(from.slot(), second, to.slot(), first), above, null));
    changed(first);
    changed(second);
  }

  private static void checkReplaceable(
      MemoryItem item, @Nullable MemoryItem replaced, RelativePath target) throws IOException {
    if (replaced instanceof Directory directory) {
      if (!(item instanceof Directory)) {
        throw new FileSystemException(target.toString(), null, "is a directory");
      }
      if (!directory.isEmpty()) {
        throw new DirectoryNotEmptyException(target.toString());
      }
    } else if (replaced != null && item instanceof Directory) {
      throw new NotDirectoryException(target.toString());
    }
  }

  private void perform(Step step) {
    step.changes()
        .forEach((slot, item) -> {
          if (item == null) {
            slot.directory().names.remove(slot.name());
          } else {
            slot.directory().names.put(slot.name(), item);
          }
          modified(slot.directory());
        });
    journal.add(step);
  }

  private void unlinked(MemoryItem item) {
    item.links--;
    changed(item);
    if (item instanceof MemoryItem.File file) {
      release(file);
    }
  }

  /** Gives the room of a file back that has neither name nor handle. */
  void release(MemoryItem.File file) {
    if (file.links == 0 && file.handles == 0 && file.held == 0) {
      room.give(file.bytes.pages());
    }
  }

  void force(Directory directory) {
    journal.force(directory);
    directory.durableAttributes = directory.attributes;
  }

  /** Makes everything durable, as sync(2). */
  void forceAll() {
    volumes.forEach(this::force);
  }

  /** Makes everything of a file system durable, as syncfs(2). */
  void force(Volume volume) {
    Set<MemoryItem> items = new LinkedHashSet<>();
    collect(volume.root, items);
    for (MemoryItem item : items) {
      if (item instanceof Directory directory) {
        journal.force(directory);
      } else if (item instanceof MemoryItem.File file) {
        file.force();
      }
      item.durableAttributes = item.attributes;
    }
  }

  /** No handle is left, and what had only handles is gone; returns the pages that are left. */
  int closeHandles() {
    int pages = 0;
    for (MemoryItem item : reachable()) {
      if (item instanceof MemoryItem.File file) {
        file.handles = 0;
        file.writers = 0;
        pages += file.bytes.pages();
      }
    }
    return pages;
  }

  /** Loses what is not durable; returns the pages that are left. */
  int powerCut(RandomGenerator random) {
    journal.powerCut(random);
    volumes.forEach(volume -> restore(volume.root));
    Set<MemoryItem> left = reachable();
    left.forEach(item -> item.powerCut(random));
    left.forEach(item -> item.links = 0);
    volumes.forEach(volume -> volume.root.links = 1);
    for (MemoryItem item : left) {
      if (item instanceof Directory directory) {
        directory.names.values().forEach(child -> child.links++);
      }
    }
    return closeHandles();
  }

  private static void restore(Directory directory) {
    directory.names.clear();
    directory.names.putAll(directory.durableNames);
    for (MemoryItem item : directory.names.values()) {
      if (item instanceof Directory below) {
        restore(below);
      }
    }
  }

  /** Everything that has a name, in an order that the names alone decide. */
  private Set<MemoryItem> reachable() {
    Set<MemoryItem> found = new LinkedHashSet<>();
    volumes.forEach(volume -> collect(volume.root, found));
    return found;
  }

  private static void collect(MemoryItem item, Set<MemoryItem> found) {
    if (found.add(item) && item instanceof Directory directory) {
      directory.names.values().forEach(child -> collect(child, found));
    }
  }
}
