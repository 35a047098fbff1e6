package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.real.RealChange.Attributes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directories, one in each place of a root, to which every file goes that Realize takes out of
 * it, by a rename and in one step. Nothing is unlinked here; that is {@link TrashUpkeep}'s, by the
 * rules of retention. Files lie in {@code ID/PATH}, where ID is the observed time of their arrival
 * and PATH is within the place, so that a user finds them without Realize ({@link TrashNotes}).
 *
 * <p><b>Taking a file out.</b> It is looked at; its note is written; it is renamed; it is looked at
 * again, where no program finds it any more. A file that is then not what was meant, or that a
 * program has open for writing, is renamed back, unless a program has made another file of its name
 * meanwhile: then it stays here and is reported. A program that opened the file before and writes
 * to it later changes a file in the trash, which upkeep notices. Killed anywhere, the file is at
 * its name or here. Thread-safe for different paths.
 */
public final class Trash {
  private static final Logger LOG = LoggerFactory.getLogger(Trash.class);

  private static final String NAME = "trash";

  /** A partial file that is made for the trash. */
  private static final String MADE = "for-trash";

  /** The one of the root itself, never scanned or shared. */
  public static final RelativePath DIRECTORY = directory(RelativePath.ROOT);

  private final Disk disk;
  private final ObservedTime observed;
  private final RealFindings findings;

  /** By place: what is in the trashes that were used. */
  private final Map<RelativePath, TrashNotes> notes = new ConcurrentSkipListMap<>();

  /** Files that come here or leave at this moment: no business of upkeep's. */
  private final Set<RelativePath> busy = ConcurrentHashMap.newKeySet();

  public Trash(Disk disk, ObservedTime observed, RealFindings findings) {
    this.disk = disk;
    this.observed = observed;
    this.findings = findings;
  }

  static RelativePath directory(RelativePath place) {
    return PlaceId.own(place).child(NAME);
  }

  /** The trashes that something came to, or was asked of, since this began. */
  public List<RelativePath> directories() {
    return notes.keySet().stream().map(Trash::directory).toList();
  }

  /** The outcome of a removal into the trash. */
  public enum TrashOutcome {
    /** It is in the trash; not durable yet. */
    TAKEN,
    /** It is absent or another one than was meant, and stays. */
    CHANGED,
    /** A program has it open for writing, and it stays. */
    OPEN,
    /** It is a directory with something in it, and stays. */
    NOT_EMPTY
  }

  /** The name of a file in the trash. */
  record TrashSlot(long id, RelativePath file) {

    /** Empty where {@code file} lies in no directory of a trash. */
    static Optional<TrashSlot> at(RelativePath file) {
      List<String> parts = file.parts();
      int own = parts.indexOf(PlaceId.OWN_DIRECTORY);
      boolean isSlot = own >= 0 && parts.size() > own + 3 && parts.get(own + 1).equals(NAME);
      return isSlot
          ? Optional.of(new TrashSlot(Long.parseLong(parts.get(own + 2)), file))
          : Optional.empty();
    }

    /** The place that holds the trash. */
    RelativePath place() {
      List<String> parts = file.parts();
      return RelativePath.of(
          String.join("/", parts.subList(0, parts.indexOf(PlaceId.OWN_DIRECTORY))));
    }

    /** A second name for the same path. */
    TrashSlot old() {
      return new TrashSlot(
          id, OwnDirectories.parent(file).child(shortened(file.name()) + TrashNotes.OLD));
    }

    private Set<RelativePath> names() {
      return Set.of(file, old().file());
    }

    private static String shortened(String name) {
      int end = name.length();
      while (RelativePath.of(name.substring(0, end)).utf8().length
          > RelativePath.MAX_PART_BYTES - TrashNotes.OLD.length()) {
        end = name.offsetByCodePoints(end, -1);
      }
      return name.substring(0, end);
    }
  }

  /**
   * Takes a file out of the root if it is what {@code listed} says. A directory holds no bytes of a
   * user's: it is removed if it is empty.
   *
   * @param isPinned others keep its bytes for this peer
   */
  public TrashOutcome take(RelativePath path, FileStat listed, boolean isPinned)
      throws IOException {
    Optional<FileStat> now = disk.stat(path);
    if (listed.kind() == FileStat.Kind.DIRECTORY) {
      return now.isEmpty() || !listed.sameEntry(now.get())
          ? TrashOutcome.CHANGED
          : removeEmpty(path);
    }
    if (now.isEmpty()
        || now.get().ctimeNanos() != listed.ctimeNanos()
        || !Likeness.of(listed).is(now.get())) {
      return TrashOutcome.CHANGED;
    }
    OpenState state = openState(path, listed);
    if (state == OpenState.OPEN) {
      return TrashOutcome.OPEN;
    }
    TrashSlot slot = reserve(path);
    try {
      note(slot, path, listed, state == OpenState.UNKNOWN, isPinned);
      return take(path, listed, slot);
    } finally {
      release(slot);
    }
  }

  /**
   * Puts a file here that was none of the root, as if it had been taken out from {@code path}. It
   * is durable on return; killed before, it is a partial file, which expires. By one thread for
   * each place.
   */
  public void put(RelativePath path, Attributes attributes, RealChange.Builder builder)
      throws IOException, RealizeException, InterruptedException {
    RelativePath place = Places.holding(disk, path);
    RelativePath made = PartialFiles.directory(place).child(MADE);
    OwnDirectories.make(disk, PartialFiles.directory(place));
    if (disk.stat(made).isPresent()) {
      disk.delete(made); // of an earlier life
    }
    try {
      FileStat stat;
      try (DiskFile file = disk.open(made, OpenMode.CREATE_NEW)) {
        builder.build(file);
        file.setAttributes(attributes.mode(), attributes.mtime());
        file.force();
        stat = file.stat();
      }
      TrashSlot slot = reserve(path, place);
      try {
        note(slot, path, stat, false, false);
        FreeNames.moveInto(disk, made, slot.file());
        disk.forceDirectory(OwnDirectories.parent(slot.file()));
      } finally {
        release(slot);
      }
    } finally {
      if (disk.stat(made).isPresent()) {
        disk.delete(made); // there was no room for all of it
      }
    }
  }

  /**
   * Takes a file of Realize's own here, as if it had been taken out from {@code path}. Its names
   * are not durable yet; killed before, it is where it was.
   */
  public void adopt(RelativePath file, RelativePath path) throws IOException {
    FileStat stat = disk.stat(file).orElseThrow(() -> new NoSuchFileException(file.toString()));
    TrashSlot slot = reserve(path);
    try {
      note(slot, path, stat, false, false);
      FreeNames.moveInto(disk, file, slot.file());
    } finally {
      release(slot);
    }
  }

  private TrashOutcome removeEmpty(RelativePath directory) throws IOException {
    try {
      return OwnDirectories.deleteIfEmpty(disk, directory)
          ? TrashOutcome.TAKEN
          : TrashOutcome.NOT_EMPTY;
    } catch (NoSuchFileException | NotDirectoryException e) {
      return TrashOutcome.CHANGED;
    }
  }

  /**
   * True if the file of this inode was taken out of the root from {@code path}. Cost: all arrivals.
   */
  public boolean holds(RelativePath path, long fileKey) throws IOException {
    TrashNotes held = notes(Places.holding(disk, path));
    RelativePath inside = TrashNotes.inside(OwnDirectories.within(held.place(), path));
    for (long id : held.ids()) {
      RelativePath file = OwnDirectories.below(held.directory(id), inside);
      try {
        if (disk.stat(file).filter(now -> now.fileKey() == fileKey).isPresent()) {
          return true;
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        LOG.debug("'{}' did not arrive with {}", path, id);
      }
    }
    return false;
  }

  /**
   * Files of this size that were taken out of the root from {@code path}, the last one first.
   *
   * @param arrivals the seconds in which something came that are looked at, which is the cost
   */
  public List<RelativePath> taken(RelativePath path, long sizeBytes, int arrivals)
      throws IOException {
    TrashNotes held = notes(Places.holding(disk, path));
    RelativePath inside = TrashNotes.inside(OwnDirectories.within(held.place(), path));
    List<RelativePath> taken = new ArrayList<>();
    for (long id : held.ids().reversed().stream().limit(arrivals).toList()) {
      RelativePath file = OwnDirectories.below(held.directory(id), inside);
      try {
        disk.stat(file).filter(now -> now.sizeBytes() == sizeBytes).ifPresent(_ -> taken.add(file));
      } catch (NoSuchFileException | NotDirectoryException e) {
        LOG.debug("'{}' did not arrive with {}", path, id);
      }
    }
    return taken;
  }

  private TrashOutcome take(RelativePath path, FileStat listed, TrashSlot slot) throws IOException {
    try {
      FreeNames.moveInto(disk, path, slot.file());
    } catch (NoSuchFileException e) {
      return TrashOutcome.CHANGED;
    }
    try {
      TrashOutcome outcome = judge(slot.file(), listed);
      if (outcome != TrashOutcome.TAKEN) {
        putBack(slot.file(), path);
      }
      return outcome;
    } catch (IOException e) {
      putBackAfter(e, slot.file(), path);
      throw e;
    }
  }

  private TrashOutcome judge(RelativePath file, FileStat listed) throws IOException {
    Optional<FileStat> now = disk.stat(file);
    if (now.isEmpty() || !Likeness.of(listed).is(now.get())) {
      return TrashOutcome.CHANGED;
    }
    return openState(file, listed) == OpenState.OPEN ? TrashOutcome.OPEN : TrashOutcome.TAKEN;
  }

  /** A file that this process may not even read is as good as one it may not ask for. */
  OpenState openState(RelativePath path, FileStat stat) throws IOException {
    if (stat.kind() != FileStat.Kind.FILE) {
      return OpenState.CLOSED;
    }
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      return file.openForWriting();
    } catch (AccessDeniedException e) {
      return OpenState.UNKNOWN;
    }
  }

  /** Gives a file its name back, unless something is there: then it is in the trash, reported. */
  void putBack(RelativePath file, RelativePath path) throws IOException {
    try {
      FreeNames.move(disk, file, path);
    } catch (NotSupportedException | FileAlreadyExistsException | NoSuchFileException taken) {
      keep(file, path, "its name was taken while it was changed");
    }
  }

  private void putBackAfter(IOException cause, RelativePath file, RelativePath path) {
    try {
      putBack(file, path);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /** Reports something of a user's that is only here, or brings it here first. */
  void keep(RelativePath file, RelativePath path, String cause) throws IOException {
    Optional<TrashSlot> there = TrashSlot.at(file);
    TrashSlot slot = there.isPresent() ? there.get() : reserve(path);
    try {
      if (there.isEmpty()) {
        FreeNames.moveInto(disk, file, slot.file());
      }
    } finally {
      if (there.isEmpty()) {
        release(slot);
      }
    }
    findings.report(path, "a version of it is in '" + slot.file() + "': " + cause);
  }

  private TrashSlot reserve(RelativePath path) throws IOException {
    return reserve(path, Places.holding(disk, path));
  }

  /**
   * Reserves a name that nothing in the trash has, until it is released.
   *
   * @param place that holds {@code path}
   */
  TrashSlot reserve(RelativePath path, RelativePath place) throws IOException {
    TrashNotes in = notes(place);
    RelativePath inside = TrashNotes.inside(OwnDirectories.within(in.place(), path));
    long id = in.nextId(observed.millis());
    while (true) {
      TrashSlot slot = new TrashSlot(id, OwnDirectories.below(in.directory(id), inside));
      if (hold(slot)) {
        if (isFree(slot)) {
          return slot;
        }
        busy.removeAll(slot.names());
      }
      id++;
    }
  }

  private boolean isFree(TrashSlot slot) throws IOException {
    try {
      return disk.stat(slot.file()).isEmpty() && disk.stat(slot.old().file()).isEmpty();
    } catch (NotDirectoryException e) {
      return false; // a file has the name of a directory above it
    }
  }

  /** Reserves a slot, maybe again after a restart; false if one of its names is reserved. */
  boolean hold(TrashSlot slot) {
    boolean isHeld = busy.add(slot.file());
    if (isHeld && !busy.add(slot.old().file())) {
      busy.remove(slot.file());
      return false;
    }
    return isHeld;
  }

  /** Ends the use of a name; what is there is in the trash from now on. */
  void release(TrashSlot slot) {
    notes(slot.place()).arrived(slot.id());
    busy.removeAll(slot.names());
  }

  /** True while a file comes here or leaves, or a directory above it. */
  boolean isBusy(RelativePath file) {
    for (RelativePath at = file; !at.isRoot(); at = OwnDirectories.parent(at)) {
      if (busy.contains(at)) {
        return true;
      }
    }
    return false;
  }

  /** Notes a file that is about to come. */
  void note(TrashSlot slot, RelativePath path, FileStat stat, boolean isUnknown, boolean isPinned)
      throws IOException {
    TrashNotes in = notes(slot.place());
    RelativePath within = OwnDirectories.within(in.place(), path);
    in.add(slot.id(), TrashNote.of(within, stat, isUnknown, isPinned, slot.id()));
  }

  /**
   * Notes files that are about to come with the directory of {@code slot}; false, and nothing is
   * noted, if one of them would have another name here than it gets so.
   */
  boolean noteAll(TrashSlot slot, Map<RelativePath, FileStat> files, boolean isUnknown)
      throws IOException {
    TrashNotes in = notes(slot.place());
    List<TrashNote> added = new ArrayList<>();
    for (Map.Entry<RelativePath, FileStat> file : files.entrySet()) {
      RelativePath within = OwnDirectories.within(in.place(), file.getKey());
      if (!TrashNotes.inside(within).equals(within)) {
        return false;
      }
      added.add(TrashNote.of(within, file.getValue(), isUnknown, false, slot.id()));
    }
    in.addAll(slot.id(), added);
    return true;
  }

  /**
   * Deletes what was taken out since this began; what a program has changed or opened since stays.
   *
   * @return whether nothing stays
   */
  public boolean purge() throws IOException {
    boolean isAll = true;
    for (TrashNotes each : notes.values()) {
      isAll &= each.purge(this);
    }
    return isAll;
  }

  /** Bytes that others keep for this peer, those that came a moment ago too. */
  long pinnedBytes() {
    return notes.values().stream()
        .flatMap(each -> each.pinned().values().stream())
        .mapToLong(each -> each)
        .sum();
  }

  /** What is in the trash of a place. */
  TrashNotes notes(RelativePath place) {
    return notes.computeIfAbsent(place, each -> new TrashNotes(disk, each));
  }
}
