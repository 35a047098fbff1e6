package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.real.TrashRetention.Item;
import org.realize.sync.real.TrashRetention.TrashRoom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The work on files that are in the trash of one place: it compares them with their notes, so that
 * what a program writes to one of them later is found, and deletes them by {@link TrashRetention}.
 * A directory is looked at 10 s, 1 min and 1 h after something came, and at least once a day; a
 * file also immediately before it is deleted. Between these times no step touches the disk, but to
 * ask once a minute how much of it is free. For one thread, but for {@link #bytes}.
 */
final class TrashUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(TrashUpkeep.class);

  private static final Duration FIRST_LOOK = Duration.ofSeconds(10);
  private static final Duration SECOND_LOOK = Duration.ofMinutes(1);
  private static final Duration AFTER_ARRIVAL = Duration.ofHours(1);
  private static final Duration ALWAYS = Duration.ofHours(24);
  private static final Duration ROOM = Duration.ofMinutes(1);

  /** Of the oldest files so many are considered in one pass; later ones in the next. */
  private static final int MAX_CONSIDERED = 200_000;

  /** Files that one step deletes. */
  private static final int DELETED_AT_ONCE = 500;

  private final Disk disk;
  private final Trash trash;
  private final TrashNotes notes;
  private final ObservedTime observed;
  private final RealFindings findings;
  private final boolean isCache;

  /** Directories and the observed times of their next looks. */
  private final Map<Long, Long> first = new TreeMap<>();

  private final Map<Long, Long> second = new TreeMap<>();
  private long passDueMillis;

  /** When something that came under pins may have been quiet for long enough. */
  private long pinnedDueMillis = Long.MAX_VALUE;

  private long roomDueMillis;

  /** What each directory held when it was last looked at. */
  private final Map<Long, Long> bytes = new ConcurrentHashMap<>();

  /**
   * True while a pass is under way: directories that it has not looked at yet, and what it found.
   */
  private boolean isPassing;

  private final Deque<Long> unseen = new ArrayDeque<>();
  private final List<Item> seen = new ArrayList<>();

  /** True once the pass has looked at everything: what it deletes, by directory. */
  private boolean isPlanned;

  private final Deque<List<Item>> expired = new ArrayDeque<>();

  /**
   * The upkeep of one place's trash.
   *
   * @param isCache the files of the root count as cache
   */
  TrashUpkeep(
      Disk disk,
      Trash trash,
      RelativePath place,
      ObservedTime observed,
      RealFindings findings,
      boolean isCache) {
    this.disk = disk;
    this.trash = trash;
    this.notes = trash.notes(place);
    this.observed = observed;
    this.findings = findings;
    this.isCache = isCache;
    this.passDueMillis = observed.millis(); // what changed while nothing ran
    this.roomDueMillis = passDueMillis;
  }

  /**
   * Does a part of what is due: looks at one directory, or deletes some files of one; call it every
   * few seconds.
   *
   * @return whether more is due now
   */
  boolean step() throws IOException {
    long now = observed.millis();
    boolean isDue = now >= passDueMillis || now >= pinnedDueMillis;
    if (!isPassing && (isDue || isShortOfRoom(now))) {
      passDueMillis = now >= passDueMillis ? now + ALWAYS.toMillis() : passDueMillis;
      pinnedDueMillis = Long.MAX_VALUE;
      isPassing = true;
      unseen.addAll(notes.ids());
      bytes.keySet().retainAll(unseen);
      notes.pinned().keySet().retainAll(unseen);
    }
    for (long id : notes.arrivals()) {
      first.put(id, now + FIRST_LOOK.toMillis());
      second.put(id, now + SECOND_LOOK.toMillis());
      passDueMillis = Math.min(passDueMillis, now + AFTER_ARRIVAL.toMillis());
    }
    Optional<Long> due = takeDue(first, now).or(() -> takeDue(second, now));
    if (due.isPresent()) {
      look(due.get());
      return true;
    }
    return isPassing && pass();
  }

  private static Optional<Long> takeDue(Map<Long, Long> due, long now) {
    Optional<Long> id =
        due.entrySet().stream()
            .filter(each -> each.getValue() <= now)
            .map(Map.Entry::getKey)
            .findFirst();
    id.ifPresent(due::remove);
    return id;
  }

  private boolean isShortOfRoom(long now) throws IOException {
    if (now < roomDueMillis || bytes() == 0) {
      return false;
    }
    roomDueMillis = now + ROOM.toMillis();
    return room().availableBytes() < room().minFreeBytes();
  }

  /** The bytes that the trash takes, as last looked at; from any thread. */
  long bytes() {
    return bytes.values().stream().mapToLong(each -> each).sum();
  }

  private TrashRoom room() throws IOException {
    DiskUsage usage = disk.usage(notes.place());
    return new TrashRoom(usage.totalBytes(), usage.availableBytes(), bytes());
  }

  /**
   * A part of a pass, which looks at everything and then deletes what may go; true if any is left.
   */
  private boolean pass() throws IOException {
    Long id = unseen.poll();
    if (id != null) {
      for (Item item : look(id)) {
        if (seen.size() < MAX_CONSIDERED) {
          seen.add(item);
        }
      }
      return true;
    }
    if (!isPlanned) {
      plan();
    }
    List<Item> next = expired.poll();
    if (next != null) {
      delete(next);
    }
    isPassing = !expired.isEmpty();
    isPlanned = isPassing;
    return isPassing;
  }

  private void plan() throws IOException {
    Map<Long, List<Item>> byDirectory = new TreeMap<>();
    for (Item item : TrashRetention.expired(seen, room(), isCache, observed.millis())) {
      byDirectory.computeIfAbsent(item.id(), _ -> new ArrayList<>()).add(item);
    }
    for (List<Item> items : byDirectory.values()) {
      for (int at = 0; at < items.size(); at += DELETED_AT_ONCE) {
        expired.add(items.subList(at, Math.min(items.size(), at + DELETED_AT_ONCE)));
      }
    }
    isPlanned = true;
    seen.clear();
  }

  /** Deletes files of one directory. */
  private void delete(List<Item> items) throws IOException {
    long id = items.getFirst().id();
    List<RelativePath> gone = new ArrayList<>();
    for (Item item : items) {
      if (delete(item)) {
        bytes.merge(id, -item.bytes(), Long::sum);
        if (item.note().isPinned()) {
          notes.pinned().merge(id, -item.bytes(), Long::sum);
        }
        gone.add(TrashNotes.inside(item.note().path()));
      }
    }
    if (!gone.isEmpty()) {
      notes.change(id, Map.of(), gone);
      clearDirectories(notes.directory(id));
    }
  }

  /** Compares all files of a directory with their notes, and writes down what is new. */
  private List<Item> look(long id) throws IOException {
    Map<RelativePath, TrashNote> noted = notes.read(id);
    Map<RelativePath, TrashNote> changed = new HashMap<>();
    List<Item> items = new ArrayList<>();
    notes.walk(
        id,
        trash,
        (entry, file, inside) -> {
          TrashNote before = TrashNotes.of(inside, noted);
          TrashNote note = compare(entry.stat(), file, inside, before);
          if (!note.equals(before)) {
            changed.put(TrashNotes.inside(note.path()), note);
          }
          long freed = isLinked(entry.stat()) ? 0 : entry.allocatedBytes();
          items.add(new Item(id, file, note, freed));
        });
    bytes.put(id, items.stream().mapToLong(Item::bytes).sum());
    lookAtPinned(id, items.stream().filter(item -> item.note().isPinned()).toList());
    if (!changed.isEmpty()) {
      notes.change(id, changed, List.of());
    }
    return items;
  }

  private void lookAtPinned(long id, List<Item> pinned) {
    notes.pinned().put(id, pinned.stream().mapToLong(Item::bytes).sum());
    if (isCache && pinned.stream().anyMatch(item -> !item.note().isUnknown())) {
      long quiet = TrashRetention.PINNED_QUIET.plus(FIRST_LOOK).toMillis();
      pinnedDueMillis = Math.min(pinnedDueMillis, observed.millis() + quiet);
    }
  }

  private TrashNote compare(
      FileStat stat, RelativePath file, RelativePath inside, @Nullable TrashNote before) {
    if (before == null) {
      report(inside, "an interrupted change left a version of it in '" + file + "'");
      return TrashNote.of(inside, stat, true, false, observed.millis());
    }
    if (before.isSame(stat)) {
      return before;
    }
    if (isLinked(stat)) { // its bytes are those of another name, through which it may be changed
      return before.changed(stat, observed.millis());
    }
    report(before.path(), "a program changed it after it was taken out; it is in '" + file + "'");
    return before.changed(stat, observed.millis());
  }

  /** True if the file has another name, in the root or elsewhere: its end frees nothing. */
  private static boolean isLinked(FileStat stat) {
    return stat.kind() == FileStat.Kind.FILE && stat.links() > 1;
  }

  private void report(RelativePath path, String cause) {
    findings.report(OwnDirectories.below(notes.place(), path), cause);
  }

  /** False if a program has the file open, or it is another one than a moment ago. */
  private boolean delete(Item item) throws IOException {
    Optional<FileStat> now = disk.stat(item.file());
    if (now.isEmpty() || !item.note().isSame(now.get()) || trash.isBusy(item.file())) {
      return false;
    }
    try {
      if (trash.openState(item.file(), now.get()) == OpenState.OPEN) {
        return false;
      }
      disk.delete(item.file());
      return true;
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' is gone", item.file());
      return false;
    }
  }

  private void clearDirectories(RelativePath directory) throws IOException {
    OwnDirectories.clear(disk, directory, (_, _) -> {});
  }
}
