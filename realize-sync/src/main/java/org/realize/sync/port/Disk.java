package org.realize.sync.port;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * One directory tree of a local file system. Paths are relative to its root and never leave it: no
 * operation follows a symbolic link below the root, not even one that is put in place during the
 * call. Thread-safe. Failures are {@link IOException}s whose message names the path; {@link
 * java.nio.file.NoSuchFileException}, {@link java.nio.file.FileAlreadyExistsException}, {@link
 * java.nio.file.NotDirectoryException}, {@link java.nio.file.DirectoryNotEmptyException}, {@link
 * java.nio.file.AccessDeniedException}, {@link NotSupportedException} and {@link DiskFullException}
 * tell the expected ones apart.
 *
 * <p>Durability: file data after {@link DiskFile#force}, names after {@link #forceDirectory} of the
 * directory that holds them; before that a power cut may drop, reorder or tear.
 */
public interface Disk {

  /** The mode of {@link #open}. */
  enum OpenMode {
    READ,
    /**
     * Reading that is no use of the file: it does not move the time of the last read, unless this
     * process may not ask for that, as of another user's file.
     */
    READ_UNNOTICED,
    /** Existing file, reading and writing. */
    UPDATE,
    /** New file, reading and writing; fails when the name is taken. */
    CREATE_NEW
  }

  /** A complete directory listing, or an exception: never a part. */
  record Listing(List<String> names, List<String> undecodable) {}

  /**
   * One name of a directory and its stat.
   *
   * @param allocatedBytes what it takes on the file system, holes left out
   */
  record Entry(String name, FileStat stat, long allocatedBytes) {}

  /** A name of a directory whose stat cannot be had, as that of a mount point without a server. */
  record Unreadable(String name, String cause) {}

  /**
   * A complete directory listing with stats, or an exception: never a part. A name that went while
   * it was listed may be missing.
   *
   * @param directory stat of the listed directory itself
   * @param undecodable printable forms of names that are not valid UTF-8
   * @param unreadable names that are there, and of which nothing else is certain
   */
  record Entries(
      FileStat directory,
      List<Entry> entries,
      List<String> undecodable,
      List<Unreadable> unreadable) {

    /** The entries, for who concludes something from a name that is not among them. */
    public List<Entry> complete() throws IOException {
      for (Unreadable one : unreadable) {
        throw new IOException(one.name() + ": " + one.cause());
      }
      return entries;
    }
  }

  /**
   * Names in no order; {@code undecodable} are printable forms of names that are not valid UTF-8.
   */
  Listing list(RelativePath directory) throws IOException;

  /**
   * As {@link #list}, with the stat of every name, faster than asking one by one. A name whose stat
   * fails costs only itself; where the directory refuses all of them, it is an exception.
   */
  Entries entries(RelativePath directory) throws IOException;

  /** Empty when there is nothing at {@code path}, also for want of a directory above it. */
  Optional<FileStat> stat(RelativePath path) throws IOException;

  /** The kernel's number for the type of the file system that holds {@code directory}. */
  long fileSystemType(RelativePath directory) throws IOException;

  DiskFile open(RelativePath path, OpenMode mode) throws IOException;

  /**
   * The answer for some files of one directory together, as {@link DiskFile#openForWriting} gives
   * it for each: {@link OpenState#OPEN} if a program can write to any of them, {@link
   * OpenState#UNKNOWN} if that is not certain of one that it may not be open for, or that this
   * process may not read. {@link java.nio.file.NoSuchFileException} where one is gone.
   */
  default OpenState openForWriting(RelativePath directory, List<String> files) throws IOException {
    OpenState all = OpenState.CLOSED;
    for (String name : files) {
      OpenState state;
      try (DiskFile file = open(directory.child(name), OpenMode.READ)) {
        state = file.openForWriting();
      } catch (AccessDeniedException e) {
        state = OpenState.UNKNOWN;
      }
      if (state == OpenState.OPEN) {
        return state;
      }
      all = state == OpenState.UNKNOWN ? state : all;
    }
    return all;
  }

  String readLink(RelativePath path) throws IOException;

  void createDirectory(RelativePath path) throws IOException;

  /**
   * Makes a directory in which new files, links and directories get the group, ACL and label that
   * they would get in the directory {@code model}.
   *
   * @return the names of those that this process or the file system cannot set
   */
  List<String> createDirectoryLike(RelativePath path, RelativePath model) throws IOException;

  /** Makes a symbolic link where nothing is; {@link NotSupportedException} where there are none. */
  void createLink(RelativePath path, String target) throws IOException;

  /**
   * Sets permission bits and modification time of a directory; of a symbolic link the time only.
   */
  void setAttributes(RelativePath path, int mode, FileTime mtime) throws IOException;

  /** Removes a file, a link or an empty directory. */
  void delete(RelativePath path) throws IOException;

  /**
   * Removes an empty directory; {@link java.nio.file.NotDirectoryException} if anything else has
   * the name, and nothing has changed.
   */
  void deleteDirectory(RelativePath path) throws IOException;

  /** Renames, replacing a file at {@code target} atomically. */
  void rename(RelativePath source, RelativePath target) throws IOException;

  /**
   * Renames where nothing is at {@code target}, in one step: {@link
   * java.nio.file.FileAlreadyExistsException} otherwise, and nothing has changed; {@link
   * NotSupportedException} where the file system has no such step.
   *
   * @return what is at {@code target} right after it
   */
  Optional<FileStat> renameNew(RelativePath source, RelativePath target) throws IOException;

  /**
   * Gives each of two names what the other one has, in one step; nothing has changed where either
   * is missing; {@link NotSupportedException} where the file system has no such step.
   */
  void exchange(RelativePath one, RelativePath other) throws IOException;

  /**
   * Gives the file at {@code existing} a second name, where nothing is; {@link
   * NotSupportedException} where files have one name only.
   */
  void link(RelativePath existing, RelativePath name) throws IOException;

  /**
   * Makes the data and all attributes of a file durable; {@link
   * java.nio.file.AccessDeniedException} where this process may not read it.
   */
  void forceFile(RelativePath path) throws IOException;

  /** Makes the names in {@code directory} durable. */
  void forceDirectory(RelativePath directory) throws IOException;

  /**
   * Makes all that was written to the file system of {@code directory} and all its names durable,
   * of others too: for many files at once, what it costs is what that file system has not written
   * yet. Of other file systems below the root it says nothing.
   */
  void forceFileSystem(RelativePath directory) throws IOException;

  /** Forces the temporary file, renames it onto {@code target} and forces the directory. */
  default void publish(RelativePath temporary, RelativePath target) throws IOException {
    try (DiskFile file = open(temporary, OpenMode.UPDATE)) {
      file.force();
    }
    rename(temporary, target);
    forceDirectory(target.parent().orElse(RelativePath.ROOT));
  }

  /** The room of the root's file system. */
  default DiskUsage usage() throws IOException {
    return usage(RelativePath.ROOT);
  }

  /** The room of the file system that holds {@code directory}. */
  DiskUsage usage(RelativePath directory) throws IOException;

  /** The failure of an action on a disk, for users: {@code DiskFull} for want of room. */
  static RealizeException failure(String action, IOException cause) {
    return cause instanceof DiskFullException
        ? new RealizeException.DiskFull(action, cause)
        : new RealizeException.StorageFailed(action, cause);
  }
}
