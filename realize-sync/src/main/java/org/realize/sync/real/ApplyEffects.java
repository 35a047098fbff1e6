package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.real.ApplyConclusion.Settled;
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
   */
  Optional<Settled> perform(ApplyIntent intent, Optional<FileStat> indexed) throws IOException {
    Optional<OpenState> ready = check(intent.path(), indexed);
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
    return switch (intent.kind()) {
      case PUT ->
          Optional.of(
              indexed.isEmpty() ? conclusion.settlePublished(intent) : conclusion.settle(intent));
      case RENAME -> Optional.empty();
      case REMOVE, SET_ATTRIBUTES, UNLOCK -> Optional.of(conclusion.settle(intent));
    };
  }

  /** Lists a change that the file system cannot make without the risk to replace another file. */
  ApplyOutcome unsupported(RelativePath path) {
    findings.report(path, "not changed: the file system has neither safe renames nor links");
    return ApplyOutcome.UNSUPPORTED;
  }

  /**
   * Compares every field; empty if something else is there. A name that is to be free is not asked
   * for: the effect is refused where it is not.
   */
  private Optional<OpenState> check(RelativePath path, Optional<FileStat> indexed)
      throws IOException {
    if (indexed.isEmpty()) {
      return Optional.of(OpenState.CLOSED);
    }
    Optional<FileStat> now = disk.stat(path);
    boolean isSame =
        now.isPresent()
            && indexed.get().sameEntry(now.get())
            && indexed.get().mode() == now.get().mode();
    try {
      return isSame ? Optional.of(trash.openState(path, indexed.get())) : Optional.empty();
    } catch (NoSuchFileException removed) {
      return Optional.empty();
    }
  }

  private void effect(ApplyIntent intent, Optional<FileStat> indexed, boolean isUnknown)
      throws IOException {
    RelativePath path = intent.path();
    switch (intent.kind()) {
      case PUT -> {
        if (indexed.isEmpty()) {
          FreeNames.move(disk, intent.file(), path);
        } else {
          TrashSlot slot = intent.slot().orElseThrow();
          trash.note(slot, path, indexed.get(), isUnknown, false);
          swap(path, slot);
        }
      }
      case REMOVE -> {
        if (intent.slot().isPresent()) {
          trash.note(intent.slot().get(), path, indexed.orElseThrow(), isUnknown, false);
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

  boolean isTaken(RelativePath path) throws IOException {
    return disk.stat(path).isPresent();
  }

  /** Makes a directory writable; where that fails, names in it fail by themselves. */
  void unlock(ApplyIntent intent) {
    try {
      conclusion.unlock(intent.first());
    } catch (IOException e) {
      LOG.warn("'{}' is not made writable: {}", intent.path(), IoCause.of(e));
    }
  }
}
