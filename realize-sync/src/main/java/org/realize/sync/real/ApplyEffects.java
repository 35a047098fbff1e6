package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import java.util.function.Predicate;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.real.ApplyConclusion.Settled;
import org.realize.sync.real.ApplyIntent.Kind;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.Trash.TrashSlot;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The effects of changes whose intents are committed, each with the look before and after it. */
final class ApplyEffects {
  private static final Logger LOG = LoggerFactory.getLogger(ApplyEffects.class);

  private final Disk disk;
  private final Trash trash;
  private final RealFindings findings;
  private final ApplyConclusion conclusion;

  ApplyEffects(Disk disk, Trash trash, RealFindings findings, ApplyConclusion conclusion) {
    this.disk = disk;
    this.trash = trash;
    this.findings = findings;
    this.conclusion = conclusion;
  }

  /**
   * Makes the effect of a change if its name is what was indexed. A file that is renamed gets its
   * new name, and the result is empty: {@link #takeOldName} is the second half.
   *
   * @param isMoved by file key: true for a file another of whose names was changed since it was
   *     indexed, which moved its change time and the number of its names
   */
  Optional<Settled> perform(ApplyIntent intent, Optional<FileStat> indexed, Predicate<Long> isMoved)
      throws IOException {
    return indexed.isEmpty()
        ? Optional.of(publish(intent))
        : perform(intent, indexed.get(), isMoved.test(indexed.get().fileKey()));
  }

  /** Gives what is new its name, if that is free. */
  private Settled publish(ApplyIntent intent) throws IOException {
    Optional<FileStat> now;
    try {
      now = FreeNames.move(disk, intent.file(), intent.path());
    } catch (NotSupportedException nothingHasHappened) {
      return conclusion.settle(intent).because(unsupported(intent.path()));
    } catch (FileAlreadyExistsException | NoSuchFileException taken) {
      LOG.debug("'{}' is taken, or has no directory: {}", intent.path(), taken.toString());
      return conclusion.settle(intent);
    }
    return ApplyConclusion.settlePublished(intent, now);
  }

  private Optional<Settled> perform(ApplyIntent intent, FileStat indexed, boolean isMoved)
      throws IOException {
    Optional<OpenState> ready = check(intent.path(), indexed, isMoved);
    if (ready.isEmpty()) {
      return Optional.of(conclusion.settleRefused(intent));
    }
    if (ready.get() == OpenState.OPEN) {
      return Optional.of(conclusion.settleRefused(intent).because(ApplyOutcome.OPEN));
    }
    try {
      effect(intent, indexed, ready.get() == OpenState.UNKNOWN);
    } catch (NotSupportedException nothingHasHappened) {
      return Optional.of(conclusion.settleRefused(intent).because(unsupported(intent.path())));
    } catch (FileAlreadyExistsException taken) {
      return Optional.of(conclusion.settleRefused(intent));
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' was removed", intent.path());
      return Optional.of(conclusion.settle(intent));
    }
    return intent.kind() == Kind.RENAME ? Optional.empty() : Optional.of(conclusion.settle(intent));
  }

  /** Lists a change that the file system cannot make without the risk to replace another file. */
  ApplyOutcome unsupported(RelativePath path) {
    findings.report(path, "not changed: the file system has neither safe renames nor links");
    return ApplyOutcome.UNSUPPORTED;
  }

  /** Compares every field, of a moved file all but its change time; empty if they differ. */
  private Optional<OpenState> check(RelativePath path, FileStat indexed, boolean isMoved)
      throws IOException {
    Optional<FileStat> now = disk.stat(path);
    boolean isSame =
        now.isPresent()
            && (indexed.sameEntry(now.get()) || (isMoved && indexed.sameBytes(now.get())))
            && indexed.mode() == now.get().mode();
    try {
      return isSame ? Optional.of(trash.openState(path, indexed)) : Optional.empty();
    } catch (NoSuchFileException removed) {
      return Optional.empty();
    }
  }

  private void effect(ApplyIntent intent, FileStat indexed, boolean isUnknown) throws IOException {
    RelativePath path = intent.path();
    switch (intent.kind()) {
      case PUT -> {
        TrashSlot slot = intent.slot().orElseThrow();
        trash.note(slot, path, indexed, isUnknown, false);
        swap(path, slot);
      }
      case REMOVE -> {
        if (intent.slot().isPresent()) {
          trash.note(intent.slot().get(), path, indexed, isUnknown, false);
          FreeNames.moveInto(disk, path, intent.file());
        } else if (disk.entries(path).complete().isEmpty()) {
          FreeNames.moveInto(disk, path, intent.file());
        }
      }
      case RENAME -> disk.link(path, intent.sides().getLast().path());
      case SET_ATTRIBUTES -> conclusion.setAttributes(intent.first());
      case UNLOCK -> throw new IllegalArgumentException("no change of its own");
    }
  }

  private void swap(RelativePath path, TrashSlot slot) throws IOException {
    try {
      disk.exchange(slot.file(), path);
    } catch (NotSupportedException noSuchStep) {
      displace(path, slot);
    }
  }

  /**
   * The first half of a swap without an exchange; concluding does the second. The new file must be
   * sure to be there after a power cut that keeps this half.
   */
  private void displace(RelativePath path, TrashSlot slot) throws IOException {
    disk.forceDirectory(OwnDirectories.parent(slot.file()));
    FreeNames.moveInto(disk, path, slot.old().file());
  }

  /** Takes the old name of a file away whose new name is durable, if it is still that file. */
  Settled takeOldName(ApplyIntent intent) throws IOException {
    if (conclusion.isLinked(intent)) {
      try {
        FreeNames.moveInto(disk, intent.path(), intent.file());
      } catch (FileAlreadyExistsException taken) {
        return conclusion.settleRefused(intent);
      } catch (NoSuchFileException e) {
        LOG.debug("'{}' was removed", intent.path());
      }
    }
    return conclusion.settle(intent);
  }

  /** A directory as it is; empty where there is none. */
  Optional<Likeness> directory(RelativePath path) throws IOException {
    return PlaceSight.stat(disk, path)
        .filter(now -> now.kind() == FileStat.Kind.DIRECTORY)
        .map(Likeness::of);
  }

  /** The outcome of a change that would not be made as its name is now. */
  Optional<ApplyOutcome> refusal(RelativePath path, Optional<FileStat> indexed) throws IOException {
    if (indexed.isEmpty()) {
      return isTaken(path) ? Optional.of(ApplyOutcome.CHANGED) : Optional.empty();
    }
    Optional<OpenState> ready = check(path, indexed.get(), false);
    if (ready.isEmpty()) {
      return Optional.of(ApplyOutcome.CHANGED);
    }
    return ready.get() == OpenState.OPEN ? Optional.of(ApplyOutcome.OPEN) : Optional.empty();
  }

  boolean isTaken(RelativePath path) throws IOException {
    return disk.stat(path).isPresent();
  }

  /** Makes a directory writable; where that fails, names in it fail by themselves. */
  void unlock(ApplyIntent intent) {
    try {
      conclusion.unlock(intent.first());
    } catch (IOException e) {
      LOG.debug("'{}' is not made writable: {}", intent.path(), IoCause.of(e));
    }
  }
}
