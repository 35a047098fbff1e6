package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;

/** Directories below a place's own one, which no other program makes or deletes. */
public final class OwnDirectories {

  private OwnDirectories() {}

  /** The one of this name that the place has in its own directory. */
  public static RelativePath of(RelativePath place, String name) {
    return PlaceId.own(place).child(name);
  }

  public static RelativePath parent(RelativePath path) {
    return path.parent().orElse(RelativePath.ROOT);
  }

  /** The path of something that lies at {@code path} within {@code directory}. */
  public static RelativePath below(RelativePath directory, RelativePath path) {
    return directory.isRoot() ? path : RelativePath.of(directory + "/" + path);
  }

  /** The path within {@code directory} of something that lies at {@code path}. */
  static RelativePath within(RelativePath directory, RelativePath path) {
    int start = directory.isRoot() ? 0 : directory.toString().length() + 1;
    return RelativePath.of(path.toString().substring(start));
  }

  /** Makes a directory and those above it where they are missing; not durable. */
  public static void make(Disk disk, RelativePath directory) throws IOException {
    if (directory.isRoot() || disk.stat(directory).isPresent()) {
      return;
    }
    make(disk, parent(directory));
    try {
      disk.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // By another thread at the same time.
    }
  }

  /** A visitor of a file and its path below the directory. */
  public interface OwnFileVisitor<E extends Exception> {
    void visit(RelativePath file, RelativePath path) throws IOException, E;
  }

  /**
   * Shows all that lies in {@code directory} and is no directory; those that are empty afterwards
   * are removed, itself too. Returns true if it is gone.
   */
  public static <E extends Exception> boolean clear(
      Disk disk, RelativePath directory, OwnFileVisitor<E> visitor) throws IOException, E {
    return disk.stat(directory).isEmpty() || clear(disk, directory, RelativePath.ROOT, visitor);
  }

  private static <E extends Exception> boolean clear(
      Disk disk, RelativePath directory, RelativePath path, OwnFileVisitor<E> visitor)
      throws IOException, E {
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      RelativePath inside = directory.child(entry.name());
      if (entry.stat().kind() == FileStat.Kind.DIRECTORY) {
        clear(disk, inside, path.child(entry.name()), visitor);
      } else {
        visitor.visit(inside, path.child(entry.name()));
      }
    }
    return deleteIfEmpty(disk, directory);
  }

  /** Removes a directory; false if something is in it. Never removes anything else. */
  public static boolean deleteIfEmpty(Disk disk, RelativePath directory) throws IOException {
    try {
      disk.deleteDirectory(directory);
      return true;
    } catch (DirectoryNotEmptyException e) {
      return false;
    }
  }
}
