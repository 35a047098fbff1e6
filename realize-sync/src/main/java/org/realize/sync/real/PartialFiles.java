package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.FileTime;
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

  /** The end of the name of a link or directory that is being made. */
  private static final String MADE = ".new";

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
      OwnDirectories.make(disk, DIRECTORY);
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

  /**
   * Puts the partial file at its path, where nothing is; not durable yet. {@link
   * org.realize.sync.port.NotSupportedException} on a file system that cannot do that without the
   * risk to replace another file.
   */
  public void publish(RelativePath path) throws IOException {
    FreeNames.move(disk, place(path), path);
  }

  /** Puts a symbolic link at a path, as {@link #publish} does a file. */
  public void putLink(RelativePath path, String target, FileTime mtime) throws IOException {
    put(
        path,
        made -> {
          disk.createLink(made, target);
          disk.setAttributes(made, 0, mtime);
        });
  }

  /** Puts an empty directory at a path, as {@link #publish} does a file. */
  public void putDirectory(RelativePath path, int mode) throws IOException {
    put(
        path,
        made -> {
          disk.createDirectory(made);
          disk.setAttributes(made, mode, disk.stat(made).orElseThrow().mtime());
          disk.forceDirectory(made); // a power cut must not leave another mode
        });
  }

  /** What makes something that is no file. */
  private interface Maker {
    void make(RelativePath made) throws IOException;
  }

  /** A program finds it whole, with its mode and time, or not at all. */
  private void put(RelativePath path, Maker maker) throws IOException {
    RelativePath made = DIRECTORY.child(place(path).name() + MADE);
    OwnDirectories.make(disk, DIRECTORY);
    deleteIfThere(made);
    try {
      maker.make(made);
      FreeNames.move(disk, made, path);
    } catch (FileAlreadyExistsException taken) {
      deleteIfThere(made);
      throw taken;
    }
  }

  private void deleteIfThere(RelativePath made) throws IOException {
    try {
      disk.delete(made);
    } catch (NoSuchFileException none) {
      // nothing to do
    }
  }
}
