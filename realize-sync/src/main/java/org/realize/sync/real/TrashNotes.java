package org.realize.sync.real;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;

/**
 * The directories of the trash of one place and the notes beside them. Whatever came in one second
 * of observed time lies in one directory, under its path within the place, and {@code NAME.list}
 * has a note for each. A note is written before its file comes, so a kill leaves a note without a
 * file, which is nothing, and never the reverse; a power cut may, but it ends all writers too.
 * Guarded by its monitor.
 */
final class TrashNotes {
  /** The end of the name of a file that was renamed to make room for another one. */
  static final String OLD = ".old";

  private static final Pattern ID = Pattern.compile("0|[1-9][0-9]{0,17}");
  private static final String SUFFIX = ".list";

  /** What is left of a path's room for the names of the trash itself. */
  private static final int MAX_INSIDE_BYTES = RelativePath.MAX_PATH_BYTES / 2;

  private static final long ARRIVED_TOGETHER_MILLIS = 1000;

  /** What a kill loses of observed time at most. */
  private static final long MAX_LOST_MILLIS = Duration.ofHours(2).toMillis();

  private final Disk disk;
  private final RelativePath place;
  private final RelativePath trash;

  /** The directories that got something since upkeep asked last. */
  private final Set<Long> arrivals = new ConcurrentSkipListSet<>();

  /** By directory: bytes that came under pins, as of the last look or arrival. */
  private final Map<Long, Long> pinned = new ConcurrentHashMap<>();

  /** The directories that were here when this began; null until they are asked for. */
  private @Nullable SortedSet<Long> earlier;

  TrashNotes(Disk disk, RelativePath place) {
    this.disk = disk;
    this.place = place;
    this.trash = Trash.directory(place);
  }

  RelativePath place() {
    return place;
  }

  /**
   * The directory for what comes now, none that was here when this began. Not below these, so that
   * the order of arrival survives a kill, which loses time.
   */
  synchronized long nextId(long nowMillis) throws IOException {
    SortedSet<Long> before = earlier();
    long newest = before.isEmpty() ? 0 : before.last();
    long now = nowMillis / ARRIVED_TOGETHER_MILLIS * ARRIVED_TOGETHER_MILLIS;
    long id = newest <= now + MAX_LOST_MILLIS ? Math.max(newest, now) : now;
    while (before.contains(id)) {
      id++;
    }
    return id;
  }

  private SortedSet<Long> earlier() throws IOException {
    SortedSet<Long> known = earlier;
    if (known == null) {
      known = ids();
      earlier = known;
    }
    return known;
  }

  /**
   * Deletes what came since this began, or since upkeep asked, and is as it came, and is open in no
   * program.
   *
   * @return whether all of it is deleted
   */
  synchronized boolean purge(Trash files) throws IOException {
    boolean isAll = true;
    for (long id : List.copyOf(arrivals)) {
      Map<RelativePath, TrashNote> notes = read(id);
      boolean isGone =
          OwnDirectories.clear(
              disk,
              directory(id),
              (file, inside) -> {
                TrashNote note = of(inside, notes);
                FileStat now = disk.stat(file).orElseThrow();
                if (note != null
                    && note.isSame(now)
                    && files.openState(file, now) != OpenState.OPEN) {
                  disk.delete(file);
                }
              });
      if (isGone) {
        deleteIfThere(list(id));
      }
      isAll &= isGone;
    }
    if (isAll && disk.stat(trash).isPresent()) {
      OwnDirectories.deleteIfEmpty(disk, trash);
    }
    return isAll;
  }

  /** Something came into a directory. */
  void arrived(long id) {
    arrivals.add(id);
  }

  /** By directory: the bytes that others keep for this peer; from any thread. */
  Map<Long, Long> pinned() {
    return pinned;
  }

  /** The directories that got something since the last call. */
  Set<Long> arrivals() {
    Set<Long> taken = Set.copyOf(arrivals);
    arrivals.removeAll(taken);
    return taken;
  }

  RelativePath directory(long id) {
    return trash.child(Long.toString(id));
  }

  /** All directories, the oldest first; other names here are not Realize's. */
  SortedSet<Long> ids() throws IOException {
    SortedSet<Long> ids = new TreeSet<>();
    if (disk.stat(trash).isPresent()) {
      for (String name : disk.list(trash).names()) {
        if (ID.matcher(name).matches()) {
          ids.add(Long.parseLong(name));
        }
      }
    }
    return ids;
  }

  /** The name of a path's file in any of the directories. */
  static RelativePath inside(RelativePath path) {
    byte[] name = path.utf8();
    return name.length <= MAX_INSIDE_BYTES
        ? path
        : RelativePath.of(TreeHasher.hash(name).toString());
  }

  /** A visitor of files. */
  interface TrashVisitor {
    void visit(Disk.Entry entry, RelativePath file, RelativePath inside) throws IOException;
  }

  /** Shows {@code visitor} the files of a directory, but for those that come or leave now. */
  void walk(long id, Trash files, TrashVisitor visitor) throws IOException {
    if (disk.stat(directory(id)).isPresent()) {
      walk(directory(id), RelativePath.ROOT, files, visitor);
    }
  }

  private void walk(RelativePath directory, RelativePath inside, Trash files, TrashVisitor visitor)
      throws IOException {
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      RelativePath file = directory.child(entry.name());
      RelativePath below = inside.child(entry.name());
      if (entry.stat().kind() == FileStat.Kind.DIRECTORY) {
        walk(file, below, files, visitor);
      } else if (!files.isBusy(file)) {
        visitor.visit(entry, file, below);
      }
    }
  }

  private RelativePath list(long id) {
    return trash.child(id + SUFFIX);
  }

  /** Adds a note; the last one of a path counts. */
  void add(long id, TrashNote note) throws IOException {
    addAll(id, List.of(note));
  }

  /** Adds notes, by one write. */
  synchronized void addAll(long id, List<TrashNote> notes) throws IOException {
    if (notes.isEmpty()) {
      return;
    }
    StringBuilder text = new StringBuilder();
    for (TrashNote note : notes) {
      text.append(note.encode());
      if (note.isPinned()) {
        pinned.merge(id, note.sizeBytes(), Long::sum);
      }
    }
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(CharBuffer.wrap(text));
    RelativePath list = list(id);
    try (DiskFile file = openOrCreate(list)) {
      file.write(bytes, file.sizeBytes());
    }
  }

  private DiskFile openOrCreate(RelativePath list) throws IOException {
    try {
      return disk.open(list, OpenMode.UPDATE);
    } catch (NoSuchFileException none) {
      OwnDirectories.make(disk, trash);
      return disk.open(list, OpenMode.CREATE_NEW);
    }
  }

  /** The note of a file in a directory; a file that was replaced by renames has a suffix. */
  static @Nullable TrashNote of(RelativePath inside, Map<RelativePath, TrashNote> notes) {
    TrashNote note = notes.get(inside);
    String name = inside.toString();
    return note == null && name.endsWith(OLD)
        ? notes.get(RelativePath.of(name.substring(0, name.length() - OLD.length())))
        : note;
  }

  /** All notes of a directory, by the name inside it. */
  synchronized Map<RelativePath, TrashNote> read(long id) throws IOException {
    Map<RelativePath, TrashNote> notes = new TreeMap<>();
    ByteBuffer bytes;
    try (DiskFile file = disk.open(list(id), OpenMode.READ)) {
      bytes = ByteBuffer.allocate(Math.toIntExact(file.sizeBytes()));
      file.read(bytes, 0);
    } catch (NoSuchFileException none) {
      return notes;
    }
    String text = StandardCharsets.UTF_8.decode(bytes.flip()).toString();
    Iterator<String> fields = Arrays.asList(text.split("\0", -1)).iterator();
    Optional<TrashNote> note = TrashNote.next(fields);
    while (note.isPresent()) {
      notes.put(inside(note.get().path()), note.get());
      note = TrashNote.next(fields);
    }
    return notes;
  }

  /** Changes notes of a directory, in one step; those that were added in between stay. */
  synchronized void change(
      long id, Map<RelativePath, TrashNote> changed, Collection<RelativePath> removed)
      throws IOException {
    Map<RelativePath, TrashNote> notes = read(id);
    notes.putAll(changed);
    notes.keySet().removeAll(removed);
    RelativePath list = list(id);
    if (notes.isEmpty()) {
      deleteIfThere(list);
      return;
    }
    RelativePath temporary = trash.child(id + SUFFIX + ".new");
    deleteIfThere(temporary);
    StringBuilder text = new StringBuilder();
    notes.values().forEach(note -> text.append(note.encode()));
    try (DiskFile file = disk.open(temporary, OpenMode.CREATE_NEW)) {
      file.write(StandardCharsets.UTF_8.encode(text.toString()), 0);
    }
    disk.rename(temporary, list);
  }

  /** Adds the names that make the notes of a directory durable. */
  void addUnforced(long id, BatchSync.Unforced unforced) {
    unforced.addFile(list(id));
    unforced.addDirectory(trash);
  }

  private void deleteIfThere(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException none) {
      // nothing to do
    }
  }
}
