package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.real.ApplyIntent.Kind;
import org.realize.sync.real.ApplyIntent.Side;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Trash.TrashSlot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The end of every change of a name: after its effect, after a failure, and after a kill anywhere,
 * from what is found at the names and in the slot. The new file still waiting means that nothing
 * has happened, or that it was taken back; anything else in the slot is the displaced file. A file
 * that is at neither place, of a store that was restored, makes an intent void. Concluding can
 * itself be stopped and begun again. Where a rename to a free name is a link and an unlink, a
 * removal of the new name between the two, before a kill there, is undone.
 */
final class ApplyConclusion {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyConclusion.class);

  private static final String REPLACED = "it was changed while it was replaced";

  private final Disk disk;
  private final Trash trash;

  ApplyConclusion(Disk disk, Trash trash) {
    this.disk = disk;
    this.trash = trash;
  }

  /**
   * A change whose outcome is certain, and not yet durable.
   *
   * @param made the stats of the names that are as they are to be
   */
  record Settled(ApplyIntent intent, ApplyOutcome outcome, Map<RelativePath, FileStat> made) {

    /** The same with a cause why nothing has happened. */
    Settled because(ApplyOutcome cause) {
      return new Settled(intent, cause, made);
    }

    boolean isDone() {
      return outcome == ApplyOutcome.DONE;
    }
  }

  /** Finds out what has happened, and finishes it or takes it back. */
  Settled settle(ApplyIntent intent) throws IOException {
    ApplyOutcome outcome =
        switch (intent.kind()) {
          case PUT -> settlePut(intent);
          case REMOVE -> settleRemoved(intent);
          case RENAME -> settleMoved(intent);
          case SET_ATTRIBUTES -> settleAttributes(intent);
          case UNLOCK -> settleUnlocked(intent.first());
        };
    Map<RelativePath, FileStat> made = new HashMap<>();
    if (intent.kind() == Kind.PUT && intent.sides().size() > 1) {
      unlock(intent.sides().getLast()); // a power cut may have kept this mode, and not the names
    }
    if (outcome == ApplyOutcome.DONE) {
      for (Side side : intent.sides()) {
        if (side.after() != null) {
          at(side.path()).filter(side::isMade).ifPresent(now -> made.put(side.path(), now));
        }
      }
    }
    return new Settled(intent, outcome, made);
  }

  /**
   * The same, with the stats as they are now of files with several names: what happened to the
   * other names has moved their change times since.
   */
  List<Settled> again(Collection<Settled> all) {
    List<Settled> latest = new ArrayList<>();
    for (Settled each : all) {
      Map<RelativePath, FileStat> made = new HashMap<>(each.made());
      for (Side side : each.intent().sides()) {
        FileStat before = made.get(side.path());
        if (before != null && before.kind() == FileStat.Kind.FILE && before.links() > 1) {
          made.remove(side.path());
          latest(side, before).ifPresent(now -> made.put(side.path(), now));
        }
      }
      latest.add(new Settled(each.intent(), each.outcome(), made));
    }
    return latest;
  }

  private Optional<FileStat> latest(Side side, FileStat before) {
    try {
      return at(side.path()).filter(side::isMade);
    } catch (IOException e) {
      LOG.debug("'{}' is indexed as it was: {}", side.path(), IoCause.of(e));
      return Optional.of(before);
    }
  }

  /** As {@link #settle}, where the effect was refused: a second name of the file is a user's. */
  Settled settleRefused(ApplyIntent intent) throws IOException {
    return intent.kind() == Kind.RENAME
        ? new Settled(intent, ApplyOutcome.CHANGED, Map.of())
        : settle(intent);
  }

  /** As {@link #settle}, right after what is new got a free name. */
  static Settled settlePublished(ApplyIntent intent, Optional<FileStat> now) {
    return now.filter(intent::isMade).isPresent()
        ? new Settled(intent, ApplyOutcome.DONE, Map.of(intent.path(), now.get()))
        : new Settled(intent, ApplyOutcome.CHANGED, Map.of());
  }

  private ApplyOutcome settlePut(ApplyIntent intent) throws IOException {
    Optional<TrashSlot> slot = intent.slot();
    Optional<FileStat> displaced =
        slot.isPresent() ? at(slot.get().old().file()) : Optional.empty();
    if (displaced.isPresent()) {
      return settleDisplaced(intent, slot.get().old().file(), displaced.get());
    }
    Optional<FileStat> staged = at(intent.file());
    if (staged.isPresent() && !intent.first().isMadeInode(staged.get())) {
      return slot.isPresent() ? settleExchanged(intent, staged.get()) : settleReused(intent);
    }
    boolean isPut = staged.isEmpty() || hasBothNames(intent) || isFilled(intent, staged.get());
    unlinkMade(intent, at(intent.file()));
    return isPut && isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
  }

  /**
   * True if names were put into a new directory, and a power cut kept those but not its own name:
   * then it gets that.
   */
  private boolean isFilled(ApplyIntent intent, FileStat staged) throws IOException {
    if (staged.kind() != FileStat.Kind.DIRECTORY || disk.list(intent.file()).names().isEmpty()) {
      return false;
    }
    return publish(intent, intent.file());
  }

  /** True if a rename to the free name was stopped half way. */
  private boolean hasBothNames(ApplyIntent intent) throws IOException {
    return intent.first().before() == null
        && at(intent.path()).filter(intent.first()::isMadeInode).isPresent();
  }

  /**
   * What waits is not what got the free name: a later change has used its own name since, before a
   * power cut took the end of this one back. It must never be exchanged with what was made. A
   * partial file stays for its path.
   */
  private ApplyOutcome settleReused(ApplyIntent intent) throws IOException {
    if (!PartialFiles.isPartial(intent.file())) {
      trash.keep(intent.file(), intent.path(), REPLACED);
    }
    return isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
  }

  private ApplyOutcome settleExchanged(ApplyIntent intent, FileStat displaced) throws IOException {
    ApplyOutcome found = judge(intent, intent.file(), displaced);
    boolean isThere = isMade(intent);
    if (found == ApplyOutcome.DONE) {
      return isThere ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
    }
    if (isThere && exchangeBack(intent)) {
      unlinkMade(intent, at(intent.file()));
    } else {
      trash.keep(intent.file(), intent.path(), REPLACED);
    }
    return found;
  }

  private boolean exchangeBack(ApplyIntent intent) throws IOException {
    try {
      disk.exchange(intent.file(), intent.path());
      return true;
    } catch (NoSuchFileException removed) {
      return false;
    }
  }

  private ApplyOutcome settleDisplaced(ApplyIntent intent, RelativePath old, FileStat displaced)
      throws IOException {
    ApplyOutcome found = judge(intent, old, displaced);
    boolean isStaged = at(intent.file()).isPresent();
    boolean isThere = isMade(intent);
    if (found != ApplyOutcome.DONE && isStaged && !isThere) {
      trash.putBack(old, intent.path());
    } else if (isStaged && !isThere) {
      isThere = publish(intent, old);
    }
    unlinkMade(intent, at(intent.file()));
    ApplyOutcome outcome = isThere && isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
    return found == ApplyOutcome.DONE ? outcome : found;
  }

  /** Gives what waits the name; where that is taken, {@code old} stays in the trash. */
  private boolean publish(ApplyIntent intent, RelativePath old) throws IOException {
    try {
      FreeNames.move(disk, intent.file(), intent.path());
      return true;
    } catch (FileAlreadyExistsException | NoSuchFileException taken) {
      trash.keep(old, intent.path(), "its name was taken while it was replaced");
      return false;
    }
  }

  /** A directory is removed where it was taken to, and must still be empty. */
  private ApplyOutcome settleRemoved(ApplyIntent intent) throws IOException {
    boolean isDirectory = intent.removesDirectory();
    Optional<FileStat> taken = at(intent.file());
    if (taken.isEmpty()) {
      boolean isGone = isDirectory && at(intent.path()).isEmpty();
      return isGone ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
    }
    ApplyOutcome found = judge(intent, intent.file(), taken.get());
    if (found == ApplyOutcome.DONE && isDirectory && !isDeleted(intent.file())) {
      found = ApplyOutcome.CHANGED;
    }
    if (found != ApplyOutcome.DONE) {
      trash.putBack(intent.file(), intent.path());
    }
    return found;
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
    Optional<FileStat> linked = at(target);
    return linked.isPresent() && judge(intent, target, linked.get()) == ApplyOutcome.DONE;
  }

  /**
   * Before the old name is in the slot the new one is taken away again. In the slot it is an extra
   * name of the file, or what a user put at the old name meanwhile, which gets it back.
   */
  private ApplyOutcome settleMoved(ApplyIntent intent) throws IOException {
    RelativePath file = intent.file();
    RelativePath target = intent.sides().getLast().path();
    if (at(file).isEmpty() && isSecondName(intent.path(), at(target))) {
      takeAway(file, intent.path(), target);
    }
    Optional<FileStat> there = at(target);
    Optional<FileStat> taken = at(file);
    if (isSecondName(target, taken) || isSecondName(intent.path(), taken)) {
      deleteIfThere(file);
    } else if (taken.isPresent()) {
      trash.putBack(file, intent.path());
    }
    boolean isMoved = there.filter(intent.sides().getLast()::isMadeInode).isPresent();
    return isMoved ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
  }

  /** Takes a second name away, by way of the slot: a user may put a file there this moment. */
  private void takeAway(RelativePath file, RelativePath path, RelativePath second)
      throws IOException {
    try {
      FreeNames.moveInto(disk, second, file);
    } catch (NoSuchFileException removed) {
      return;
    }
    if (!isSecondName(path, at(file))) {
      trash.putBack(file, second);
    }
  }

  private boolean isSecondName(RelativePath path, Optional<FileStat> other) throws IOException {
    return other.isPresent() && at(path).filter(Likeness.of(other.get())::isInode).isPresent();
  }

  /** Some of the attributes may have been set. */
  private ApplyOutcome settleAttributes(ApplyIntent intent) throws IOException {
    Side side = intent.first();
    Optional<FileStat> now = at(side.path());
    if (now.isPresent() && !side.isMade(now.get()) && isBetween(side, now.get())) {
      setAttributes(side);
    }
    return isMade(intent) ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
  }

  /** Makes a directory writable that is as it was found, or made. */
  void unlock(Side side) throws IOException {
    Optional<FileStat> now = at(side.path());
    if (now.filter(side::isMade).isPresent()) {
      int mode = Objects.requireNonNull(side.before()).mode();
      disk.setAttributes(side.path(), mode, now.get().mtime());
    }
  }

  /** Locks a directory again that is still as it was unlocked. */
  private ApplyOutcome settleUnlocked(Side side) throws IOException {
    Optional<FileStat> now = at(side.path());
    if (now.filter(side::was).isPresent()) {
      int mode = Objects.requireNonNull(side.after()).mode();
      disk.setAttributes(side.path(), mode, now.get().mtime());
    }
    return now.isPresent() ? ApplyOutcome.DONE : ApplyOutcome.CHANGED;
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
      }
    }
  }

  private boolean isMade(ApplyIntent intent) throws IOException {
    return at(intent.path()).filter(intent::isMade).isPresent();
  }

  private ApplyOutcome judge(ApplyIntent intent, RelativePath file, FileStat found)
      throws IOException {
    if (!intent.first().was(found)) {
      return ApplyOutcome.CHANGED;
    }
    boolean isOpen = trash.openState(file, found) == OpenState.OPEN;
    return isOpen ? ApplyOutcome.OPEN : ApplyOutcome.DONE;
  }

  /**
   * Unlinks what waits if no program can have written to it, or a second name is left. What is in
   * no slot replaces nothing: a program that found it by its name has removed that name. A file
   * that was fetched stays for the next attempt.
   */
  private void unlinkMade(ApplyIntent intent, Optional<FileStat> waiting) throws IOException {
    if (waiting.isEmpty()) {
      return;
    }
    RelativePath file = intent.file();
    boolean isMade = intent.isMade(waiting.get());
    if (PartialFiles.isFetched(file) && !isSecondName(intent.path(), waiting)) {
      return;
    }
    boolean isUnused =
        intent.slot().isEmpty() || trash.openState(file, waiting.get()) == OpenState.CLOSED;
    if (isSecondName(intent.path(), waiting) || (isMade && isUnused)) {
      deleteIfThere(file);
    } else if (!isMade) {
      trash.keep(file, intent.path(), REPLACED);
    }
  }

  private void deleteIfThere(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException none) {
      LOG.debug("'{}' is not there", file);
    }
  }

  /** What has a name; nothing where a user put something else at a directory above it. */
  private Optional<FileStat> at(RelativePath path) throws IOException {
    try {
      return disk.stat(path);
    } catch (NotDirectoryException noDirectory) {
      return Optional.empty();
    }
  }
}
