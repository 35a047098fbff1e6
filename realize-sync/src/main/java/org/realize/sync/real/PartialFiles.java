package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;

/**
 * The files that are not finished yet, below a root's own directory: one for each path, under the
 * hash of the path, since a path may be longer than a name can be. Thread-safe for different paths.
 */
public final class PartialFiles {
  /** Where they lie: on the root's file system, and never scanned or shared. */
  public static final RelativePath DIRECTORY = RelativePath.of(".realize/partial");

  private final Disk disk;

  public PartialFiles(Disk disk) {
    this.disk = disk;
  }

  private static RelativePath place(RelativePath path) {
    return DIRECTORY.child(TreeHasher.hash(path.utf8()).toString());
  }

  /** The bytes there are of a path; 0 if there is no partial file. */
  public long sizeBytes(RelativePath path) throws IOException {
    Optional<FileStat> stat = disk.stat(place(path));
    return stat.isPresent() ? stat.get().sizeBytes() : 0;
  }

  /**
   * Opens the partial file of a path, made if it is not there; {@link FileAlreadyExistsException}
   * where it is not because something is at the path.
   */
  public DiskFile open(RelativePath path) throws IOException {
    RelativePath place = place(path);
    try {
      return disk.open(place, OpenMode.UPDATE);
    } catch (NoSuchFileException e) {
      if (disk.stat(path).isPresent()) {
        throw new FileAlreadyExistsException(path.toString());
      }
      makeDirectory(RelativePath.of(".realize"));
      makeDirectory(DIRECTORY);
      return create(place);
    }
  }

  /** Several pieces of a new file may come at once. */
  private DiskFile create(RelativePath place) throws IOException {
    try {
      return disk.open(place, OpenMode.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      return disk.open(place, OpenMode.UPDATE);
    }
  }

  private void makeDirectory(RelativePath directory) throws IOException {
    try {
      disk.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // It is there.
    }
  }

  /**
   * Puts the partial file at its path, where nothing is; not durable yet. {@link
   * org.realize.sync.port.NotSupportedException} on a file system that cannot do that without the
   * risk to replace another file.
   */
  public void publish(RelativePath path) throws IOException {
    FreeNames.move(disk, place(path), path);
  }
}
