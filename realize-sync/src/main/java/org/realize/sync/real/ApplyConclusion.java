package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyIntent.Kind;
import org.realize.sync.real.ApplyIntent.Side;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Trash.TrashSlot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of every change of a name: after its effect, after a failure, and after a kill anywhere,
 * from what is found at the names and in the slot. The new file still in its slot means that
 * nothing has happened, or that it was taken back; anything else there is the displaced file. A
 * file that is at neither place, of a store that was restored, makes an intent void. Concluding can
 * itself be stopped and begun again. Where a rename to a free name is a link and an unlink, a
 * removal of the new name between the two, before a kill there, is undone.
 */
final class ApplyConclusion {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyConclusion.class);

  private final Disk disk;
  private final ArenaStore store;
  private final Trash trash;
  private final ObservedTime observed;

  ApplyConclusion(Disk disk, ArenaStore store, Trash trash, ObservedTime observed) {
    this.disk = disk;
    this.store = store;
    this.trash = trash;
    this.observed = observed;
  }

  ApplyOutcome conclude(ApplyIntent intent) throws IOException, RealizeException {
    return switch (intent.kind()) {
      case PUT -> concludePut(intent);
      case REMOVE -> concludeRemoved(intent);
      case RENAME -> concludeMoved(intent);
      case SET_ATTRIBUTES -> concludeAttributes(intent);
    };
  }

  /** As the other, where the effect was refused: a second name of the file is a user's then. */
  ApplyOutcome concludeRefused(ApplyIntent intent) throws IOException, RealizeException {
    return intent.kind() == Kind.RENAME ? end(intent, ApplyOutcome.CHANGED) : conclude(intent);
  }

  private ApplyOutcome concludePut(ApplyIntent intent) throws IOException, RealizeException {
    Optional<FileStat> displaced = disk.stat(intent.slot().old().file());
    if (displaced.isPresent()) {
      return concludeDisplaced(intent, displaced.get());
    }
    Optional<FileStat> staged = disk.stat(intent.slot().file());
    if (staged.isPresent() && !intent.first().isMadeInode(staged.get())) {
      return concludeExchanged(intent, staged.get());
    }
    boolean isPut = staged.isEmpty() || hasBothNames(intent);
    unlinkMade(intent);
    return end(intent, isPut && isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED);
  }

  /** True if a rename to the free name was stopped half way. */
  private boolean hasBothNames(ApplyIntent intent) throws IOException {
    return intent.first().before() == null
        && disk.stat(intent.path()).filter(intent.first()::isMadeInode).isPresent();
  }

  private ApplyOutcome concludeExchanged(ApplyIntent intent, FileStat displaced)
      throws IOException, RealizeException {
    ApplyOutcome found = judge(intent, intent.slot().file(), displaced);
    if (found == ApplyOutcome.DONE) {
      return end(intent, isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED);
    }
    if (isMade(intent) && exchangeBack(intent)) {
      unlinkMade(intent);
    } else {
      trash.stays(intent.slot(), intent.path(), "it was changed while it was replaced");
    }
    return end(intent, found);
  }

  private boolean exchangeBack(ApplyIntent intent) throws IOException {
    try {
      disk.exchange(intent.slot().file(), intent.path());
      return true;
    } catch (NoSuchFileException removed) {
      return false;
    }
  }

  private ApplyOutcome concludeDisplaced(ApplyIntent intent, FileStat displaced)
      throws IOException, RealizeException {
    TrashSlot slot = intent.slot();
    ApplyOutcome found = judge(intent, slot.old().file(), displaced);
    boolean isStaged = disk.stat(slot.file()).isPresent();
    boolean isThere = isMade(intent);
    if (found != ApplyOutcome.DONE && isStaged && !isThere) {
      trash.putBack(slot.old(), intent.path());
    } else if (isStaged && !isThere) {
      isThere = publish(intent);
    }
    unlinkMade(intent);
    ApplyOutcome outcome = isThere && isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
    end(intent, outcome);
    return found == ApplyOutcome.DONE ? outcome : found;
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

  /** A directory is removed from the slot, where it must still be empty. */
  private ApplyOutcome concludeRemoved(ApplyIntent intent) throws IOException, RealizeException {
    RelativePath file = intent.slot().file();
    boolean isDirectory =
        Objects.requireNonNull(intent.first().before()).kind() == FileStat.Kind.DIRECTORY;
    Optional<FileStat> taken = disk.stat(file);
    if (taken.isEmpty()) {
      boolean isGone = isDirectory && disk.stat(intent.path()).isEmpty();
      return end(intent, isGone ? ApplyOutcome.DONE : ApplyOutcome.CHANGED);
    }
    ApplyOutcome found = judge(intent, file, taken.get());
    if (found == ApplyOutcome.DONE && isDirectory && !isDeleted(file)) {
      found = ApplyOutcome.CHANGED;
    }
    if (found != ApplyOutcome.DONE) {
      trash.putBack(intent.slot(), intent.path());
    }
    return end(intent, found);
  }

  private boolean isDeleted(RelativePath directory) throws IOException {
    try {
      disk.delete(directory);
      return true;
    } catch (DirectoryNotEmptyException filled) {
      return false;
    }
  }

  /** True if the new name is the file that was indexed, and not open for writing. */
  boolean isLinked(ApplyIntent intent) throws IOException {
    RelativePath target = intent.sides().getLast().path();
    Optional<FileStat> linked = disk.stat(target);
    return linked.isPresent() && judge(intent, target, linked.get()) == ApplyOutcome.DONE;
  }

  /**
   * Before the old name is in the slot the new one is taken away again. In the slot it is an extra
   * name of the file, or what a user put at the old name meanwhile, which gets it back.
   */
  private ApplyOutcome concludeMoved(ApplyIntent intent) throws IOException, RealizeException {
    RelativePath file = intent.slot().file();
    RelativePath target = intent.sides().getLast().path();
    if (disk.stat(file).isEmpty() && isSecondName(intent.path(), disk.stat(target))) {
      takeAway(intent.slot(), intent.path(), target);
    }
    Optional<FileStat> there = disk.stat(target);
    Optional<FileStat> taken = disk.stat(file);
    if (isSecondName(target, taken) || isSecondName(intent.path(), taken)) {
      deleteIfThere(file);
    } else if (taken.isPresent()) {
      trash.putBack(intent.slot(), intent.path());
    }
    boolean isMoved = there.filter(intent.sides().getLast()::isMadeInode).isPresent();
    return end(intent, isMoved ? ApplyOutcome.DONE : ApplyOutcome.CHANGED);
  }

  /** Takes a second name away, by way of the slot: a user may put a file there this moment. */
  private void takeAway(TrashSlot slot, RelativePath path, RelativePath second) throws IOException {
    try {
      FreeNames.moveInto(disk, second, slot.file());
    } catch (NoSuchFileException removed) {
      return;
    }
    if (!isSecondName(path, disk.stat(slot.file()))) {
      trash.putBack(slot, second);
    }
  }

  private boolean isSecondName(RelativePath path, Optional<FileStat> other) throws IOException {
    return other.isPresent()
        && disk.stat(path).filter(Likeness.of(other.get())::isInode).isPresent();
  }

  /** Some of the attributes may have been set. */
  private ApplyOutcome concludeAttributes(ApplyIntent intent) throws IOException, RealizeException {
    Side side = intent.first();
    Optional<FileStat> now = disk.stat(side.path());
    if (now.isPresent() && !side.isMade(now.get()) && isBetween(side, now.get())) {
      setAttributes(side);
    }
    return end(intent, isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED);
  }

  /** True if the mode alone was set: it is neither as it was nor as it is to be. */
  private static boolean isBetween(Side side, FileStat now) {
    Likeness before = Objects.requireNonNull(side.before());
    Likeness after = Objects.requireNonNull(side.after());
    return !before.is(now)
        && before.with(new RealChange.Attributes(after.mode(), before.mtime())).is(now);
  }

  /** Sets the mode first, and both only of what was indexed, or has got the mode. */
  void setAttributes(Side side) throws IOException {
    Likeness after = Objects.requireNonNull(side.after());
    if (after.kind() != FileStat.Kind.FILE) {
      disk.setAttributes(side.path(), after.mode(), after.mtime());
      return;
    }
    try (DiskFile file = disk.open(side.path(), OpenMode.READ)) {
      if (side.was(file.stat()) || isBetween(side, file.stat())) {
        file.setAttributes(after.mode(), after.mtime());
        file.force();
      }
    }
  }

  private boolean isMade(ApplyIntent intent) throws IOException {
    return disk.stat(intent.path()).filter(intent.first()::isMade).isPresent();
  }

  private ApplyOutcome judge(ApplyIntent intent, RelativePath file, FileStat found)
      throws IOException {
    if (!intent.first().was(found)) {
      return ApplyOutcome.CHANGED;
    }
    boolean isOpen = trash.openState(file, found) == OpenState.OPEN;
    return isOpen ? ApplyOutcome.OPEN : ApplyOutcome.DONE;
  }

  /** Unlinks what is in the slot if no program can have written to it, or a second name is left. */
  private void unlinkMade(ApplyIntent intent) throws IOException {
    RelativePath file = intent.slot().file();
    Optional<FileStat> now = disk.stat(file);
    if (now.isEmpty()) {
      return;
    }
    boolean isMade = intent.first().isMade(now.get());
    if (isSecondName(intent.path(), now)
        || (isMade && trash.openState(file, now.get()) == OpenState.CLOSED)) {
      deleteIfThere(file);
    } else if (!isMade) {
      trash.stays(intent.slot(), intent.path(), "it was changed while it was replaced");
    }
  }

  private ApplyOutcome end(ApplyIntent intent, ApplyOutcome outcome)
      throws IOException, RealizeException {
    Map<RelativePath, FileStat> made = new HashMap<>();
    boolean isDone = outcome == ApplyOutcome.DONE;
    if (isDone) {
      for (Side side : intent.sides()) {
        disk.stat(side.path()).filter(side::isMade).ifPresent(now -> made.put(side.path(), now));
        force(intent.kind(), side);
      }
      if (intent.kind() != Kind.SET_ATTRIBUTES) {
        forceDirectory(OwnDirectories.parent(intent.slot().file()));
        trash.notes(intent.slot().place()).force(intent.slot().id());
      }
    }
    store.write(writer -> {
      if (isDone) {
        commit(writer, intent, made);
      }
      intent.remove(writer);
      observed.save(writer);
    });
    trash.release(intent.slot());
    return outcome;
  }

  /** Names, and attributes that no descriptor forces. */
  private void force(Kind kind, Side side) throws IOException {
    RelativePath directory = OwnDirectories.parent(side.path());
    if (side.after() != null
        && (kind == Kind.RENAME || side.after().kind() == FileStat.Kind.LINK)) {
      disk.forceFileSystem(directory); // the change time, too
      return;
    }
    if (side.after() != null && side.after().kind() == FileStat.Kind.DIRECTORY) {
      forceDirectory(side.path());
    }
    forceDirectory(directory);
  }

  private void forceDirectory(RelativePath directory) throws IOException {
    try {
      disk.forceDirectory(directory);
    } catch (NoSuchFileException | NotDirectoryException removed) {
      LOG.debug("'{}' is not there", directory);
    }
  }

  /** Nothing is committed for a name whose real version is no longer what the change began with. */
  private static void commit(
      ArenaWriter writer, ApplyIntent intent, Map<RelativePath, FileStat> made)
      throws RealizeException {
    for (Side side : intent.sides()) {
      PathState state = writer.path(side.path()).orElse(null);
      FileStat now = made.get(side.path());
      if (state != null && isBase(state, side) && (now != null || side.after() == null)) {
        Version version = side.version();
        RealVersion real =
            new RealVersion(
                version == null ? onDisk(state) : version, now, hashedAtNanos(intent, now));
        PathState next = state.withReal(real);
        writer.put(version == null ? next : next.announcedAt(writer.nextSeq()));
      }
    }
  }

  private static boolean isBase(PathState state, Side side) {
    FileStat indexed = state.realStat();
    return indexed == null ? side.before() == null : side.was(indexed);
  }

  private static Version onDisk(PathState state) {
    return Objects.requireNonNull(state.real()).version();
  }

  /**
   * Nobody can have written to a file that Realize made and no program has found. A hash that was
   * known before proves nothing under another stat until the file is hashed again.
   */
  private static long hashedAtNanos(ApplyIntent intent, @Nullable FileStat now) {
    if (now == null) {
      return 0;
    }
    return intent.kind() == Kind.PUT || now.kind() != FileStat.Kind.FILE
        ? now.ctimeNanos() + RealVersion.RACY_NANOS + 1
        : RealVersion.CARRIED;
  }

  private void deleteIfThere(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException none) {
      LOG.debug("'{}' is not there", file);
    }
  }
}
