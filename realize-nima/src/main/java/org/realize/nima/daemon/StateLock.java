package org.realize.nima.daemon;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Denied;
import org.realize.sync.model.RealizeException.StorageFailed;

/** The lock of a state directory: at most one daemon uses it, for as long as its process lives. */
final class StateLock implements AutoCloseable {

  private static final String NAME = "lock";
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Path MACHINE_ID = Path.of("/etc/machine-id");

  private final FileChannel channel;
  private final Path file;

  private StateLock(FileChannel channel, Path file) {
    this.channel = channel;
    this.file = file;
  }

  /** Makes {@code state}, mode 0700, if it is missing; {@code Denied} when a daemon has it. */
  static StateLock acquire(Path state) throws RealizeException {
    String action = "lock state " + state;
    try {
      Files.createDirectories(
          state,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Path file = state.resolve(NAME);
      FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (lock(channel) == null) {
        channel.close();
        throw new Denied(action + ": another daemon uses it");
      }
      return new StateLock(channel, file);
    } catch (IOException e) {
      throw new StorageFailed(action, e);
    }
  }

  private static @Nullable FileLock lock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /**
   * Tells this machine and this copy of the state directory from all others: the machine's id and
   * the lock file's inode and device, so that a copied directory is known as a copy.
   */
  String place() throws StorageFailed {
    try {
      return machine() + "/" + Files.getAttribute(file, "unix:ino");
    } catch (IOException e) {
      throw new StorageFailed("read the identity of " + file, e);
    }
  }

  /** The start of the machine: another text after each. */
  static String boot() throws StorageFailed {
    try {
      return Files.readString(BOOT_ID).strip();
    } catch (IOException e) {
      throw new StorageFailed("read " + BOOT_ID, e);
    }
  }

  /** Tells this machine from others; empty where it has no id. */
  static String machine() throws StorageFailed {
    try {
      return Files.exists(MACHINE_ID) ? Files.readString(MACHINE_ID).strip() : "";
    } catch (IOException e) {
      throw new StorageFailed("read " + MACHINE_ID, e);
    }
  }

  /** Lets go; the file stays, its inode tells copies apart. */
  @Override
  public void close() throws IOException {
    channel.close();
  }
}
