package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.RootProbe;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.PlainSource;
import org.realize.sync.move.PlainTarget;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.PlaceId;

/**
 * A plain directory as one end of a move, for one move at a time: a lock on a file in it keeps
 * every other move of this machine away, whichever daemon it is of. The system gives the lock up
 * with the process.
 */
final class LocalRoot implements AutoCloseable {

  private final FileChannel channel;
  private final String name;
  private final LocalDisk disk;

  private LocalRoot(FileChannel channel, String name, LocalDisk disk) {
    this.channel = channel;
    this.name = name;
    this.disk = disk;
  }

  /** Locks a directory, which must be there. */
  static LocalRoot open(String name, Path directory) throws RealizeException {
    if (!Files.isDirectory(directory)) {
      throw new NotFound("move: no directory at " + directory);
    }
    requireNoArena(directory);
    return new LocalRoot(lock(directory), name, new LocalDisk(directory));
  }

  /** However it is reached, by a link or over a network: its own node alone may change it. */
  private static void requireNoArena(Path directory) throws Invalid {
    if (Files.exists(directory.resolve(PlaceId.FILE.toString()))) {
      throw new Invalid(
          "move: %s is the root of an arena, '%s' is there; name its node instead"
              .formatted(directory, PlaceId.FILE));
    }
  }

  private static FileChannel lock(Path directory) throws RealizeException {
    @Nullable FileChannel channel = null;
    try {
      Path own = Files.createDirectories(directory.resolve(".realize"));
      channel =
          FileChannel.open(
              own.resolve("move.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return channel;
      }
      close(channel);
      throw busy(directory);
    } catch (OverlappingFileLockException e) {
      if (channel != null) {
        close(channel);
      }
      throw busy(directory);
    } catch (IOException e) {
      if (channel != null) {
        close(channel);
      }
      throw new StorageFailed("move: lock " + directory, e);
    }
  }

  private static Denied busy(Path directory) {
    return new Denied("move: another move works on " + directory);
  }

  private static void close(FileChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The lock goes with the process at the latest.
    }
  }

  PlainSource source(TimeSource time) {
    return new PlainSource(name, disk, time);
  }

  MoveTarget target() {
    return PlainTarget.files(name, disk, RootProbe.probeOrFull(disk.root()));
  }

  @Override
  public void close() {
    close(channel);
  }
}
