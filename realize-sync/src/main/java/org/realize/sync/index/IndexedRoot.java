package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropIntents;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.Places;
import org.realize.sync.real.Snapshots;

/**
 * The root of one arena and all that indexing it needs, the same for every run.
 *
 * @param cancelled true once every run is to end soon
 */
record IndexedRoot(
    Indexer.Root parts,
    ArenaStore store,
    TimeSource time,
    IndexFindings findings,
    BooleanSupplier cancelled) {

  Disk disk() {
    return parts.disk();
  }

  Snapshots snapshots() {
    return parts.real().snapshots();
  }

  Places places() {
    return parts.places();
  }

  void checkCancelled() throws InterruptedException {
    if (cancelled.getAsBoolean()) {
      throw new InterruptedException("indexing was cancelled");
    }
  }

  /** Empty also when a directory above {@code path} is gone. */
  Optional<FileStat> stat(RelativePath path) throws IOException {
    try {
      return disk().stat(path);
    } catch (NoSuchFileException | NotDirectoryException gone) {
      return Optional.empty();
    }
  }

  @Nullable PathState state(RelativePath path) throws RealizeException {
    return store.<Optional<PathState>>read(reader -> reader.path(path)).orElse(null);
  }

  /** True if Realize moves a directory at this moment that a path lies in. */
  boolean isMoving(RelativePath path) throws RealizeException {
    return store.<Boolean>read(reader -> ApplyProtocol.open(reader).isMoving(path));
  }

  /** True if the file of a drop's intent has left the tree. */
  boolean isInTrash(DropIntents.Intent intent) throws IOException {
    return parts.real().trash().holds(intent.path(), intent.stat().fileKey());
  }

  /** The stat to be recorded for {@code path}, see {@link NameJudge#recorded}. */
  FileStat recorded(FileStat stat, @Nullable PathState state) {
    return NameJudge.recorded(stat, state, parts.real().capabilities().modeBits());
  }

  long wallNanos() {
    return time.unixMillis() * 1_000_000;
  }
}
