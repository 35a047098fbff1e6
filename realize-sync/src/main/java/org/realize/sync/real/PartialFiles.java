package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
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
 * The files that are not finished yet, below the own directory of the place where they will be: one
 * for each path, under the hash of the path, since a path may be longer than a name can be.
 * Thread-safe for different paths.
 */
public final class PartialFiles {
  /** Where those of the root itself lie, never scanned or shared. */
  public static final RelativePath DIRECTORY = directory(RelativePath.ROOT);

  private static final String NAME = "partial";

  /** The end of the name of a file that is fetched, not moved here. */
  static final String FETCHED = ".fetched";

  /** The end of the name of a link or directory that is being made. */
  private static final String MADE = ".new";

  private final Disk disk;

  public PartialFiles(Disk disk) {
    this.disk = disk;
  }

  /** Where those of a place lie. */
  static RelativePath directory(RelativePath place) {
    return PlaceId.own(place).child(NAME);
  }

  /** A file of Realize's own for {@code path}; {@code suffix} tells kinds of them apart. */
  static RelativePath of(Disk disk, RelativePath path, String suffix) throws IOException {
    return directory(Places.holding(disk, path)).child(TreeHasher.hash(path.utf8()) + suffix);
  }

  private RelativePath of(RelativePath path) throws IOException {
    return of(disk, path, "");
  }

  /** The bytes there are of a path; 0 if there is no partial file. */
  public long sizeBytes(RelativePath path) throws IOException {
    Optional<FileStat> stat = disk.stat(of(path));
    return stat.isPresent() ? stat.get().sizeBytes() : 0;
  }

  /**
   * Opens the partial file of a path, made if it is not there; {@link FileAlreadyExistsException}
   * where it is not because something is at the path.
   */
  public DiskFile open(RelativePath path) throws IOException {
    RelativePath file = of(path);
    Optional<DiskFile> opened = openOwn(file);
    if (opened.isPresent()) {
      return opened.get();
    }
    if (disk.stat(path).isPresent()) {
      throw new FileAlreadyExistsException(path.toString());
    }
    OwnDirectories.make(disk, OwnDirectories.parent(file));
    return create(file);
  }

  /**
   * Opens a partial file if it is there. One with a second name is a file of the root already, of
   * which a power cut has kept this name: it is not written to, and loses the name.
   */
  private Optional<DiskFile> openOwn(RelativePath file) throws IOException {
    try {
      DiskFile opened = disk.open(file, OpenMode.UPDATE);
      if (opened.opened().links() <= 1) {
        return Optional.of(opened);
      }
      opened.close();
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (AccessDeniedException finished) {
      // it has the attributes of the file that it was to be
    }
    disk.delete(file);
    return Optional.empty();
  }

  /**
   * Opens the file in which a version of a path is collected that is fetched from peers, made if it
   * is not there; its name is durable then. Moves to the path know nothing of it.
   */
  public DiskFile openFetched(RelativePath path) throws IOException {
    RelativePath file = of(disk, path, FETCHED);
    RelativePath directory = OwnDirectories.parent(file);
    OwnDirectories.make(disk, directory);
    Optional<DiskFile> there = openOwn(file);
    DiskFile opened = there.isPresent() ? there.get() : create(file);
    try {
      disk.forceDirectory(directory);
      disk.forceDirectory(OwnDirectories.parent(directory));
      disk.forceDirectory(OwnDirectories.parent(OwnDirectories.parent(directory)));
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** True for a file that {@link #openFetched} opens. */
  static boolean isFetched(RelativePath file) {
    return file.name().endsWith(FETCHED);
  }

  /** True for a partial file; false for what {@link Staging} makes in directories beside them. */
  static boolean isPartial(RelativePath file) {
    return OwnDirectories.parent(file).name().equals(NAME);
  }

  /** Makes an empty partial file for a path where something is. */
  public void begin(RelativePath path) throws IOException {
    RelativePath file = of(path);
    OwnDirectories.make(disk, OwnDirectories.parent(file));
    create(file).close();
  }

  /** Several pieces of a new file may come at once. */
  private DiskFile create(RelativePath file) throws IOException {
    try {
      return disk.open(file, OpenMode.CREATE_NEW);
    } catch (FileAlreadyExistsException e) {
      return disk.open(file, OpenMode.UPDATE);
    }
  }

  /**
   * Puts the partial file at its path, where nothing is; not durable yet. {@link
   * org.realize.sync.port.NotSupportedException} on a file system that cannot do that without the
   * risk to replace another file.
   */
  public void publish(RelativePath path) throws IOException {
    FreeNames.move(disk, of(path), path);
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

  /** The maker of an object that is no file. */
  private interface Maker {
    void make(RelativePath made) throws IOException;
  }

  /** A program finds it whole, with its mode and time, or not at all. */
  private void put(RelativePath path, Maker maker) throws IOException {
    RelativePath made = of(disk, path, MADE);
    OwnDirectories.make(disk, OwnDirectories.parent(made));
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
