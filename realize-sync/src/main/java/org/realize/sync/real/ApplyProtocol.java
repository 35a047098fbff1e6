package org.realize.sync.real;

import static java.util.stream.Collectors.toUnmodifiableSet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.Trash.Slot;
import org.realize.sync.rules.Judgement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The protocol by which a file of a root is replaced by one that Realize made, whatever programs do
 * there at the same time. It never trusts the index, and unlinks nothing of a user's.
 *
 * <p><b>Order of effects.</b>
 *
 * <ol>
 *   <li>The new file is built beside the {@link PartialFiles} of its place, or was collected among
 *       them, gets the attributes of the file that it replaces, and is forced.
 *   <li>It is renamed to a slot of the {@link Trash}, where it waits. On a file system with neither
 *       a rename to a free name nor links nothing more is done.
 *   <li>The {@link ApplyIntent} is committed, and durable.
 *   <li>The old file must be what was indexed, in every field of its stat, and not be open for
 *       writing.
 *   <li>The two exchange their names, so that the old file is in the trash and a program finds
 *       either the one or the other. Without such a step the old file is renamed into the trash
 *       first, and the new one then to the name, which must still be free: only here the name is
 *       missing for a moment.
 *   <li>The displaced file must be what was indexed in all but its change time, and not be open for
 *       writing. If so, the directories are forced and the stat of the new file is committed,
 *       together with the end of the intent. If not, the two exchange their names again, once, if
 *       the new file is still exactly as made.
 * </ol>
 *
 * A file that ends in the trash and is exactly as Realize made it, and open by no program, is
 * unlinked. Any other stays there, and is reported where it is a version that has no other place.
 *
 * <p><b>Stopped anywhere,</b> {@link #conclude()} concludes from what it finds at the name and in
 * the slot: the new file still in its slot means that nothing has happened, or that it was taken
 * back; anything else there is the displaced file. A file that is at neither place, of a store that
 * was restored, makes an intent void. Concluding can itself be stopped and begun again. Where a
 * rename to a free name is a link and an unlink, a removal of the new name between the two, before
 * a kill there, is undone. Where concluding fails, or the place is in doubt, the intent stays open:
 * its files in the trash are busy, and an absence of its name is no removal.
 *
 * <p>Thread-safe for different paths.
 */
public final class ApplyProtocol {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyProtocol.class);
  private static final String MADE = ".made";
  private static final int HASHED_BYTES = 1 << 20;

  private final Disk disk;
  private final ArenaStore store;
  private final Trash trash;
  private final ObservedTime observed;
  private final RealFindings findings;

  /** Paths of which a new file is being made, or put in its place. */
  private final Set<RelativePath> underWay = ConcurrentHashMap.newKeySet();

  ApplyProtocol(
      Disk disk, ArenaStore store, Trash trash, ObservedTime observed, RealFindings findings) {
    this.disk = disk;
    this.store = store;
    this.trash = trash;
    this.observed = observed;
    this.findings = findings;
  }

  /** The outcome of a replacement. */
  public enum Outcome {
    /** The new one is at its name, durable, and the old one in the trash. */
    REPLACED,
    /** It is absent or another one than was indexed, and stays. */
    CHANGED,
    /** A program has it open for writing, and it stays. */
    OPEN,
    /** The file system cannot do it without the risk to replace another file; it stays. */
    UNSUPPORTED
  }

  /** A writer of the bytes of a new file. */
  public interface Builder {
    void build(DiskFile made) throws IOException, RealizeException, InterruptedException;
  }

  /**
   * Replaces the file at {@code path} if it is what {@code indexed} says, durably.
   *
   * @throws Unreachable if another thread is replacing it: later
   */
  public Outcome replace(RelativePath path, FileStat indexed, Builder builder)
      throws IOException, RealizeException, InterruptedException {
    return alone(
        path,
        () -> {
          RelativePath partial = PartialFiles.of(disk, path, MADE);
          try {
            return apply(partial, path, build(partial, path, builder), indexed, null);
          } finally {
            deleteIfThere(partial);
          }
        });
  }

  /**
   * A file that is collected in {@link PartialFiles}.
   *
   * @param content of a version that follows the file at the path
   */
  public record Arrival(ContentHash content, int mode, FileTime mtime) {}

  /**
   * As the other, by the partial file of the path; what is then known to be there is that version.
   *
   * @throws Corrupt if the partial file has another content: nothing has changed
   */
  public Outcome replace(RelativePath path, FileStat indexed, Arrival arrival)
      throws IOException, RealizeException, InterruptedException {
    return alone(
        path,
        () -> {
          RelativePath partial = PartialFiles.of(disk, path, "");
          return apply(partial, path, adopt(partial, path, arrival), indexed, arrival.content());
        });
  }

  /** A replacement of one path. */
  private interface Replacement {
    Outcome run() throws IOException, RealizeException, InterruptedException;
  }

  private Outcome alone(RelativePath path, Replacement replacement)
      throws IOException, RealizeException, InterruptedException {
    if (!underWay.add(path)) {
      throw new Unreachable("replace '%s': it is being replaced already".formatted(path));
    }
    try {
      concludeLeft(path);
      return replacement.run();
    } finally {
      underWay.remove(path);
    }
  }

  /** Empty where there is no file to take the attributes of. */
  private Optional<Likeness> build(RelativePath partial, RelativePath path, Builder builder)
      throws IOException, RealizeException, InterruptedException {
    deleteIfThere(partial);
    if (disk.stat(path).filter(now -> now.kind() == FileStat.Kind.FILE).isEmpty()) {
      return Optional.empty();
    }
    OwnDirectories.make(disk, OwnDirectories.parent(partial));
    try (DiskFile made = disk.open(partial, OpenMode.CREATE_NEW)) {
      builder.build(made);
      if (!takeAttributes(made, path)) {
        return Optional.empty();
      }
      made.force();
      return Optional.of(Likeness.of(made.stat()));
    }
  }

  /** Empty where there is no file to take the attributes of. */
  private Optional<Likeness> adopt(RelativePath partial, RelativePath path, Arrival arrival)
      throws IOException, RealizeException, InterruptedException {
    try (DiskFile made = disk.open(partial, OpenMode.UPDATE)) {
      if (!hash(made).equals(arrival.content())) {
        throw new Corrupt("replace '%s': what came is another version".formatted(path));
      }
      if (!takeAttributes(made, path)) {
        return Optional.empty();
      }
      made.setAttributes(arrival.mode(), arrival.mtime());
      made.force();
      return Optional.of(Likeness.of(made.stat()));
    }
  }

  private static ContentHash hash(DiskFile file) throws IOException, InterruptedException {
    TreeHasher hasher = new TreeHasher(TreeHasher.NO_NODES);
    ByteBuffer buffer = ByteBuffer.allocate(HASHED_BYTES);
    while (file.read(buffer.clear(), hasher.sizeBytes()) > 0) {
      hasher.update(buffer.flip());
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
    }
    return hasher.finish();
  }

  /** False where there is no file to take them of. */
  private boolean takeAttributes(DiskFile made, RelativePath path) throws IOException {
    try (DiskFile replaced = disk.open(path, OpenMode.READ)) {
      List<String> left = made.takeAttributes(replaced);
      if (!left.isEmpty()) {
        findings.report(path, "not carried over to the new file: " + String.join(", ", left));
      }
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  private Outcome apply(
      RelativePath partial,
      RelativePath path,
      Optional<Likeness> made,
      FileStat indexed,
      @Nullable ContentHash arrived)
      throws IOException, RealizeException {
    if (made.isEmpty()) {
      return Outcome.CHANGED;
    }
    Slot slot = trash.reserve(path);
    boolean isOpen = false;
    try {
      OwnDirectories.make(disk, OwnDirectories.parent(slot.file()));
      try {
        FreeNames.move(disk, partial, slot.file());
      } catch (NotSupportedException e) {
        findings.report(path, "not replaced: the file system has neither safe renames nor links");
        return Outcome.UNSUPPORTED;
      }
      ApplyIntent intent = new ApplyIntent(path, slot, made.get(), Likeness.of(indexed), arrived);
      store.write(intent::add);
      isOpen = true; // whoever ends the intent releases the slot
      store.force();
      return apply(intent, indexed);
    } finally {
      if (!isOpen) {
        trash.release(slot);
      }
    }
  }

  /** A failure is concluded like a crash, at once; where that fails too, later. */
  private Outcome apply(ApplyIntent intent, FileStat indexed) throws IOException, RealizeException {
    try {
      Optional<OpenState> ready = check(intent.path(), indexed);
      if (ready.isPresent() && ready.get() != OpenState.OPEN) {
        boolean isUnknown = ready.get() == OpenState.UNKNOWN;
        trash.note(intent.slot(), intent.path(), indexed, isUnknown, false);
        swap(intent);
      }
      Outcome concluded = conclude(intent);
      return ready.filter(OpenState.OPEN::equals).isPresent() ? Outcome.OPEN : concluded;
    } catch (IOException e) {
      try {
        conclude(intent);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /** Compares every field; empty if another file is there, or none. */
  private Optional<OpenState> check(RelativePath path, FileStat indexed) throws IOException {
    Optional<FileStat> now = disk.stat(path);
    if (now.isEmpty() || !indexed.sameFile(now.get()) || indexed.mode() != now.get().mode()) {
      return Optional.empty();
    }
    return Optional.of(trash.openState(path, indexed));
  }

  private void swap(ApplyIntent intent) throws IOException {
    RelativePath path = intent.path();
    Slot slot = intent.slot();
    try {
      disk.exchange(slot.file(), path);
    } catch (NotSupportedException noSuchStep) {
      displace(path, slot);
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' was removed", path);
    }
  }

  /**
   * The first half of a swap without an exchange; concluding does the second. The new file must be
   * sure to be there after a power cut that keeps this half.
   */
  private void displace(RelativePath path, Slot slot) throws IOException {
    disk.forceDirectory(OwnDirectories.parent(slot.file()));
    try {
      FreeNames.moveInto(disk, path, slot.old().file());
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' was removed", path);
    }
  }

  /** The paths of replacements that are not concluded; an absence of their names proves nothing. */
  public static Set<RelativePath> open(ArenaReader reader) throws StorageFailed {
    return ApplyIntent.read(reader).stream().map(ApplyIntent::path).collect(toUnmodifiableSet());
  }

  /** The replacements that are not concluded, in places that are certain. */
  private static List<ApplyIntent> left(ArenaReader reader) throws StorageFailed {
    List<ApplyIntent> intents = ApplyIntent.read(reader);
    if (!intents.isEmpty()) {
      Optional<PlaceTable> places = PlaceTable.read(reader);
      intents.removeIf(
          left -> places.filter(table -> table.doubt(left.path()).isPresent()).isPresent());
    }
    return intents;
  }

  /** Deletes the new files that a kill left in a place, before any was put in its place. */
  void clear(RelativePath place) throws IOException {
    RelativePath directory = PartialFiles.directory(place);
    if (disk.stat(directory).isPresent()) {
      Set<RelativePath> made = new HashSet<>();
      for (RelativePath path : underWay) {
        made.add(PartialFiles.of(disk, path, MADE));
      }
      for (String name : disk.list(directory).names()) {
        if (name.endsWith(MADE) && !made.contains(directory.child(name))) {
          deleteIfThere(directory.child(name));
        }
      }
    }
  }

  /**
   * Finishes or takes back the replacements that no thread is at work on, in the places that are
   * certain. Each is tried by itself; the first failure is thrown.
   */
  void conclude() throws RealizeException, IOException {
    IOException failed = null;
    for (ApplyIntent left : store.read(ApplyProtocol::left)) {
      RelativePath path = left.path();
      if (!underWay.add(path)) {
        continue;
      }
      try {
        concludeLeft(path);
      } catch (IOException e) {
        failed = failed == null ? e : failed;
      } finally {
        underWay.remove(path);
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  private void concludeLeft(RelativePath path) throws RealizeException, IOException {
    for (ApplyIntent left : store.read(ApplyIntent::read)) {
      if (left.path().equals(path)) {
        trash.hold(left.slot());
        LOG.info("'{}' was being replaced: {}", path, conclude(left));
      }
    }
  }

  private Outcome conclude(ApplyIntent intent) throws IOException, RealizeException {
    Optional<FileStat> displaced = disk.stat(intent.slot().old().file());
    if (displaced.isPresent()) {
      return concludeRenamed(intent, displaced.get());
    }
    Optional<FileStat> staged = disk.stat(intent.slot().file());
    boolean isOurs = staged.isPresent() && isMadeInode(staged.get(), intent);
    if (staged.isEmpty() || isOurs) {
      unlinkMade(intent);
      return end(intent, staged.isEmpty() ? replaced(intent) : Optional.empty());
    }
    return concludeExchanged(intent, staged.get());
  }

  private Outcome concludeExchanged(ApplyIntent intent, FileStat displaced)
      throws IOException, RealizeException {
    Outcome found = judge(intent, intent.slot().file(), displaced);
    if (found == Outcome.REPLACED) {
      return end(intent, replaced(intent));
    }
    if (replaced(intent).isPresent() && exchangeBack(intent)) {
      unlinkMade(intent);
    } else {
      trash.stays(intent.slot(), intent.path(), "it was changed while it was replaced");
    }
    end(intent, Optional.empty());
    return found;
  }

  private boolean exchangeBack(ApplyIntent intent) throws IOException {
    try {
      disk.exchange(intent.slot().file(), intent.path());
      return true;
    } catch (NoSuchFileException removed) {
      return false;
    }
  }

  private Outcome concludeRenamed(ApplyIntent intent, FileStat displaced)
      throws IOException, RealizeException {
    Slot slot = intent.slot();
    Outcome found = judge(intent, slot.old().file(), displaced);
    boolean isStaged = disk.stat(slot.file()).isPresent();
    boolean isThere = replaced(intent).isPresent();
    if (found != Outcome.REPLACED && isStaged && !isThere) {
      trash.putBack(slot.old(), intent.path());
    } else if (isStaged && !isThere) {
      isThere = publish(intent);
    }
    unlinkMade(intent);
    Outcome outcome = end(intent, isThere ? replaced(intent) : Optional.empty());
    return found == Outcome.REPLACED ? outcome : found;
  }

  private boolean publish(ApplyIntent intent) throws IOException {
    try {
      FreeNames.move(disk, intent.slot().file(), intent.path());
      return true;
    } catch (FileAlreadyExistsException | NoSuchFileException taken) {
      trash.stays(intent.slot().old(), intent.path(), "its name was taken while it was replaced");
      return false;
    }
  }

  /** The new file, if it is at its name and exactly as made. */
  private Optional<FileStat> replaced(ApplyIntent intent) throws IOException {
    return disk.stat(intent.path()).filter(intent.made()::is);
  }

  private static boolean isMadeInode(FileStat now, ApplyIntent intent) {
    return now.fileKey() == intent.made().fileKey() && now.kind() == FileStat.Kind.FILE;
  }

  private Outcome judge(ApplyIntent intent, RelativePath file, FileStat displaced)
      throws IOException {
    if (!intent.indexed().is(displaced)) {
      return Outcome.CHANGED;
    }
    boolean isOpen = trash.openState(file, displaced) == OpenState.OPEN;
    return isOpen ? Outcome.OPEN : Outcome.REPLACED;
  }

  /** Unlinks what is in the slot if no program can have written to it, or a second name is left. */
  private void unlinkMade(ApplyIntent intent) throws IOException {
    RelativePath file = intent.slot().file();
    Optional<FileStat> now = disk.stat(file);
    if (now.isEmpty()) {
      return;
    }
    boolean isSecondName = replaced(intent).filter(at -> isMadeInode(at, intent)).isPresent();
    boolean isMade = intent.made().is(now.get());
    if (isMade && (isSecondName || trash.openState(file, now.get()) == OpenState.CLOSED)) {
      deleteIfThere(file);
    } else if (!isMade) {
      trash.stays(intent.slot(), intent.path(), "it was changed while it was replaced");
    }
  }

  private Outcome end(ApplyIntent intent, Optional<FileStat> made)
      throws IOException, RealizeException {
    if (made.isPresent()) {
      disk.forceDirectory(OwnDirectories.parent(intent.path()));
      trash.force(intent.slot());
    }
    store.write(writer -> {
      if (made.isPresent()) {
        commit(writer, intent, made.get());
      }
      intent.remove(writer);
      observed.save(writer);
    });
    trash.release(intent.slot());
    return made.isPresent() ? Outcome.REPLACED : Outcome.CHANGED;
  }

  /**
   * The new file has the content of the old one, or of its successor, and nobody can have written
   * to it unseen. Where the successor has a successor by now, the next look finds a change.
   */
  private static void commit(ArenaWriter writer, ApplyIntent intent, FileStat made)
      throws RealizeException {
    Optional<PathState> state = writer.path(intent.path());
    RealVersion real = state.map(PathState::real).orElse(null);
    if (state.isPresent()
        && real != null
        && real.stat() != null
        && intent.indexed().is(real.stat())) {
      long provenNanos = made.ctimeNanos() + RealVersion.RACY_NANOS + 1;
      if (intent.arrived() == null) {
        writer.put(state.get().withReal(new RealVersion(real.version(), made, provenNanos)));
        return;
      }
      Optional<Version> next = Judgement.successor(state.get()).filter(intent::brought);
      if (next.isPresent()) {
        RealVersion now = new RealVersion(next.get(), made, provenNanos);
        writer.put(state.get().withReal(now).announcedAt(writer.nextSeq()));
      }
    }
  }

  private void deleteIfThere(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException none) {
      LOG.debug("'{}' is not there", file);
    }
  }
}
