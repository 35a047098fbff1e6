package org.realize.sync.move;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.ObservedTime;
import org.realize.sync.real.Places;
import org.realize.sync.real.Trash;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plain directory as a source: what it gives up lies in its own trash afterwards. Used for one
 * move. Thread-safe.
 */
public final class PlainSource implements SourceRules {
  private static final Logger LOG = LoggerFactory.getLogger(PlainSource.class);
  private static final int COUNTED_AT_ONCE = 1_000;

  private final String name;
  private final Disk disk;
  private final Trash trash;

  /** Guarded by this, as is the next. */
  private MoveSource.@Nullable Page totals;

  private boolean isTrashUsed;

  /** The directory on a disk, under a name for people. */
  public PlainSource(String name, Disk disk, TimeSource time) {
    this.name = name;
    this.disk = disk;
    this.trash = new Trash(disk, ObservedTime.unsaved(time), this::report);
  }

  private void report(RelativePath path, String cause) {
    LOG.warn("'{}' of {}: {}", path, name, cause);
  }

  /** Its files. */
  public MoveSource files() {
    return new SourceFiles(name, disk, this);
  }

  @Override
  public void check() {}

  @Override
  public List<MovedFile> movable(List<MovedFile> files) {
    return files;
  }

  /** Counted once: a file moved later still belongs to the move. */
  @Override
  public synchronized MoveSource.Page totals() throws StorageFailed {
    MoveSource.Page known = totals;
    if (known == null) {
      known = count();
      totals = known;
    }
    return known;
  }

  private MoveSource.Page count() throws StorageFailed {
    long files = 0;
    long bytes = 0;
    try {
      Optional<RelativePath> after = Optional.empty();
      List<MovedFile> page;
      do {
        page = new RootListing(disk, after, COUNTED_AT_ONCE).run();
        for (MovedFile file : page) {
          files += file.stat().kind() == FileStat.Kind.FILE ? 1 : 0;
          bytes += file.sizeBytes();
          after = Optional.of(file.path());
        }
      } while (!page.isEmpty());
    } catch (IOException e) {
      throw new StorageFailed("list '' at %s".formatted(name), e);
    }
    return new MoveSource.Page(List.of(), files, bytes);
  }

  @Override
  public List<DropOutcome> drop(List<MovedFile> files) throws RealizeException {
    List<DropOutcome> outcomes = new ArrayList<>(files.size());
    try {
      for (MovedFile file : files) {
        outcomes.add(drop(file));
      }
      Places.force(disk, files.stream().map(MovedFile::path).toList());
    } catch (IOException e) {
      throw new StorageFailed("drop files at %s".formatted(name), e);
    }
    return outcomes;
  }

  private DropOutcome drop(MovedFile file) {
    RelativePath path = file.path();
    try {
      return switch (trash.take(path, file.stat(), false)) {
        case TAKEN -> {
          filled(file);
          yield new DropOutcome.Dropped();
        }
        case CHANGED -> new DropOutcome.Failed(changed(path));
        case NOT_EMPTY -> new DropOutcome.Kept();
        case OPEN ->
            new DropOutcome.Failed(
                new Invalid(
                    "drop '%s' at %s: a program has it open; it is left".formatted(path, name)));
      };
    } catch (IOException e) {
      return new DropOutcome.Failed(new StorageFailed("drop '%s' at %s".formatted(path, name), e));
    }
  }

  private synchronized void filled(MovedFile file) {
    isTrashUsed |= !file.isDirectory();
  }

  private VersionGone changed(RelativePath path) {
    return new VersionGone("'%s' at %s changed since it was listed".formatted(path, name));
  }

  /** The directories of the trash that files were moved into, one in each place. */
  public synchronized List<RelativePath> trashes() {
    return isTrashUsed ? trash.directories() : List.of();
  }

  /**
   * Deletes what this move has put there.
   *
   * @return whether that is all of it: what a program has changed or opened since stays
   */
  public boolean purge() throws StorageFailed {
    try {
      return trash.purge();
    } catch (IOException e) {
      throw new StorageFailed("delete what was moved to the trash at %s".formatted(name), e);
    }
  }
}
