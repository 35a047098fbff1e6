package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts files that Realize made in the place of others in a tree, whatever programs do there at the
 * same time. A program finds the old file at the path, or the new one, whole, never none.
 *
 * <p><b>Order of effects.</b> The new file is made below {@link #BUILDING} and forced; it is
 * renamed to below {@link #DIRECTORY}, into a directory named after its own file key and the number
 * of the path's parts; it and the old one exchange their names; only then, where no program finds
 * it any more, the old one is looked at: if it is what was meant and nobody has it open it goes to
 * the {@link Trash}, else the two go back. So nobody's change is ever replaced. Stopped in between,
 * {@link #restore} does the rest: what is still being built goes; what was put aside goes if it is
 * ours, by the key, and is looked at as above if it is not. Thread-safe for different paths.
 */
public final class ReplacedFiles {

  private static final Logger LOG = LoggerFactory.getLogger(ReplacedFiles.class);

  /** Where what is put aside lies: never scanned or shared. */
  public static final RelativePath DIRECTORY = RelativePath.of(".realize/replacing");

  /** Where new files are made. */
  public static final RelativePath BUILDING = RelativePath.of(".realize/building");

  /** A file key and the number of a path's parts. */
  private static final Pattern ASIDE_NAME = Pattern.compile("(\\d{1,20})-(\\d{1,5})");

  private final Disk disk;
  private final Trash trash;

  /** Of the tree on a disk. */
  public ReplacedFiles(Disk disk, TimeSource time) {
    this.disk = disk;
    this.trash = new Trash(disk, time);
  }

  /** What became of a file. */
  public enum Outcome {
    /** The new one is at its path, durable, and it is in the trash. */
    REPLACED,
    /** It is another one by now, and stays. */
    CHANGED,
    /** A program has it open, and it stays. */
    OPEN
  }

  /** What the index says of a path. */
  public interface Index {
    /** The stat of the file on disk; empty if there is none. */
    Optional<FileStat> stat(RelativePath path) throws RealizeException;
  }

  private static RelativePath building(RelativePath path) {
    return OwnDirectories.below(BUILDING, path);
  }

  private static RelativePath aside(RelativePath path, long key) {
    String name = Long.toUnsignedString(key) + "-" + path.parts().size();
    return OwnDirectories.below(DIRECTORY.child(name), path);
  }

  /** Begins a new file for {@code path}; what was begun before for the same one is gone. */
  public DiskFile build(RelativePath path) throws IOException {
    RelativePath building = building(path);
    OwnDirectories.make(disk, OwnDirectories.parent(building));
    discard(path);
    return disk.open(building, OpenMode.CREATE_NEW);
  }

  /** Gives up the new file for {@code path}, if there is one. */
  public void discard(RelativePath path) throws IOException {
    try {
      disk.delete(building(path));
    } catch (NoSuchFileException e) {
      LOG.debug("nothing was made for '{}'", path);
    }
  }

  /**
   * Puts the new file, which must be forced and closed, in the place of the one that {@code listed}
   * tells of.
   */
  public Outcome replace(RelativePath path, FileStat listed) throws IOException {
    RelativePath building = building(path);
    long key =
        disk.stat(building)
            .orElseThrow(() -> new NoSuchFileException(building.toString()))
            .fileKey();
    RelativePath aside = aside(path, key);
    OwnDirectories.make(disk, OwnDirectories.parent(aside));
    disk.renameNew(building, aside);
    try {
      disk.exchange(aside, path);
    } catch (NoSuchFileException e) {
      disk.delete(aside);
      return Outcome.CHANGED;
    } catch (IOException e) {
      disk.delete(aside);
      throw e;
    }
    return conclude(aside, path, Optional.of(listed), key);
  }

  /** Lets the old file go, or exchanges the two again; where even that fails, the next start. */
  private Outcome conclude(
      RelativePath aside, RelativePath path, Optional<FileStat> listed, long key)
      throws IOException {
    try {
      Outcome outcome =
          listed.isEmpty() || isOurs(aside, key) ? Outcome.CHANGED : judge(aside, listed.get());
      if (outcome == Outcome.REPLACED) {
        trash.put(aside, path);
        disk.forceDirectory(OwnDirectories.parent(path));
        return outcome;
      }
      goBack(aside, path, key);
      return outcome;
    } catch (IOException e) {
      goBackAfter(e, aside, path, key);
      throw e;
    }
  }

  /** The change time is not asked: the exchange has changed it. */
  private static boolean isSame(FileStat now, FileStat listed) {
    return now.kind() == listed.kind()
        && now.sizeBytes() == listed.sizeBytes()
        && now.mtime().equals(listed.mtime())
        && now.mode() == listed.mode()
        && now.fileKey() == listed.fileKey();
  }

  private Outcome judge(RelativePath aside, FileStat listed) throws IOException {
    Optional<FileStat> now = disk.stat(aside);
    if (now.isEmpty() || !isSame(now.get(), listed)) {
      return Outcome.CHANGED;
    }
    try (DiskFile open = disk.open(aside, OpenMode.READ)) {
      if (open.openForWriting() == OpenState.OPEN) {
        return Outcome.OPEN;
      }
      return isSame(open.stat(), listed) ? Outcome.REPLACED : Outcome.CHANGED;
    }
  }

  private void goBackAfter(IOException cause, RelativePath aside, RelativePath path, long key) {
    try {
      if (disk.stat(aside).isPresent()) {
        goBack(aside, path, key);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private void goBack(RelativePath aside, RelativePath path, long key) throws IOException {
    if (isOurs(aside, key)) {
      disk.delete(aside);
      return;
    }
    try {
      disk.exchange(aside, path);
    } catch (NoSuchFileException e) {
      RelativePath trashed = trash.put(aside, path);
      LOG.warn("'{}' was removed while it was replaced: it is in '{}'", path, trashed);
      return;
    }
    if (isOurs(aside, key)) {
      disk.delete(aside);
      return;
    }
    disk.exchange(aside, path); // a program has put a third file there meanwhile
    RelativePath trashed = trash.put(aside, path);
    LOG.warn("'{}' changed twice while it was replaced: one is in '{}'", path, trashed);
  }

  private boolean isOurs(RelativePath aside, long key) throws IOException {
    return disk.stat(aside).filter(now -> now.fileKey() == key).isPresent();
  }

  /** Finishes or takes back what a crash left half done; before anything is looked at. */
  public void restore(Index index) throws IOException, RealizeException {
    OwnDirectories.clear(disk, BUILDING, (file, _) -> disk.delete(file));
    if (disk.stat(DIRECTORY).isEmpty()) {
      return;
    }
    for (String name : disk.list(DIRECTORY).names()) {
      Matcher asideName = ASIDE_NAME.matcher(name);
      if (asideName.matches()) {
        long key = Long.parseUnsignedLong(asideName.group(1));
        restore(DIRECTORY.child(name), key, Integer.parseInt(asideName.group(2)), index);
      }
    }
    OwnDirectories.deleteIfEmpty(disk, DIRECTORY);
  }

  /** The one path that such a directory holds; what is there may be a directory itself. */
  private void restore(RelativePath directory, long key, int parts, Index index)
      throws IOException, RealizeException {
    List<RelativePath> made = new ArrayList<>();
    RelativePath aside = directory;
    RelativePath path = RelativePath.ROOT;
    for (int part = 0; part < parts; part++) {
      made.addFirst(aside);
      List<String> names = disk.list(aside).names();
      if (names.isEmpty()) {
        break;
      }
      aside = aside.child(names.getFirst());
      path = path.child(names.getFirst());
    }
    if (path.parts().size() == parts) {
      LOG.info("'{}' was being replaced", path);
      conclude(aside, path, index.stat(path), key);
    }
    for (RelativePath each : made) {
      OwnDirectories.deleteIfEmpty(disk, each);
    }
  }
}
