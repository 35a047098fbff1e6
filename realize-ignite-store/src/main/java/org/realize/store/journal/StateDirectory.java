package org.realize.store.journal;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;

/**
 * The directory of a store: locked by one process, marked with the version of its format.
 *
 * <p>The file {@code format} says {@code realize-store N} and is written last when a store is made,
 * so a directory with other files but without it is half-written. Such a directory, and one of a
 * newer format than {@link #FORMAT}, is refused and left as it is.
 */
final class StateDirectory implements AutoCloseable {
  /** The format that this program writes; it reads all before it. */
  static final int FORMAT = 2;

  private static final String FORMAT_FILE = "format";
  private static final String LOCK_FILE = "lock";
  private static final Pattern FORMAT_LINE = Pattern.compile("realize-store (\\d{1,9})\n");

  private final Path directory;
  private final FileChannel lock;
  private final boolean complete;

  private StateDirectory(Path directory, FileChannel lock, boolean complete) {
    this.directory = directory;
    this.lock = lock;
    this.complete = complete;
  }

  /**
   * Locks a directory; makes it, readable by its owner only, if it is not there.
   *
   * @throws RealizeException.Invalid if it is half-written, of a newer or an unreadable format, or
   *     in use
   * @throws RealizeException.StorageFailed if the disk fails
   */
  static StateDirectory open(Path directory) throws RealizeException {
    try {
      if (!Files.isDirectory(directory)) {
        Files.createDirectories(
            directory,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
      if (!Files.exists(directory.resolve(LOCK_FILE))) {
        checkFormat(directory); // what is refused is left as it is, without a lock file
      }
      FileChannel lock = lock(directory);
      boolean isLocked = false;
      try {
        StateDirectory opened = new StateDirectory(directory, lock, checkFormat(directory));
        isLocked = true;
        return opened;
      } finally {
        if (!isLocked) {
          lock.close();
        }
      }
    } catch (IOException e) {
      throw new RealizeException.StorageFailed("could not open the state in " + directory, e);
    }
  }

  /** True if the store has this format; false if it is to be made, or converted. */
  private static boolean checkFormat(Path directory) throws IOException, RealizeException.Invalid {
    Path format = directory.resolve(FORMAT_FILE);
    if (!Files.exists(format)) {
      try (Stream<Path> files = Files.list(directory)) {
        if (files.anyMatch(file -> !file.endsWith(LOCK_FILE))) {
          throw new RealizeException.Invalid(
              "the state in "
                  + directory
                  + " is half-written: its making was interrupted before anything was kept in it;"
                  + " move it away to start with an empty store");
        }
      }
      return false;
    }
    byte[] bytes = Files.size(format) > 64 ? new byte[0] : Files.readAllBytes(format);
    Matcher line = FORMAT_LINE.matcher(new String(bytes, StandardCharsets.ISO_8859_1));
    if (!line.matches()) {
      throw new RealizeException.Invalid("the state in " + directory + " has no readable format");
    }
    int version = Integer.parseInt(line.group(1));
    if (version > FORMAT) {
      throw new RealizeException.Invalid(
          "the state in "
              + directory
              + " has format "
              + version
              + ", this program knows only up to "
              + FORMAT
              + ": use the program that wrote it, or a newer one");
    }
    return version == FORMAT;
  }

  private static FileChannel lock(Path directory) throws IOException, RealizeException.Invalid {
    FileChannel channel =
        FileChannel.open(
            directory.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    @Nullable FileLock held;
    try {
      held = channel.tryLock();
    } catch (OverlappingFileLockException e) {
      held = null;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    if (held == null) {
      channel.close();
      throw new RealizeException.Invalid("the state in " + directory + " is in use");
    }
    return channel;
  }

  /**
   * True if the store had this format when it was opened. Else the caller makes or converts it,
   * then calls {@link #complete}.
   */
  boolean isComplete() {
    return complete;
  }

  Path path() {
    return directory;
  }

  /** Marks the store as complete and of this format, durably. */
  void complete() throws IOException {
    Path made = directory.resolve(FORMAT_FILE + ".new");
    Files.writeString(made, "realize-store " + FORMAT + "\n");
    force(made);
    Files.move(made, directory.resolve(FORMAT_FILE), StandardCopyOption.ATOMIC_MOVE);
    force(directory);
  }

  private static void force(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
