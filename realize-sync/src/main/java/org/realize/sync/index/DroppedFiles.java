package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes files out of a tree for good. A file is first put aside, to the same path below the root's
 * own directory, where no program finds it; there it is seen whether it is still the file that was
 * meant and nobody has it open, and only then it is unlinked. Else it goes back. What a crash
 * leaves aside goes back, too. Thread-safe for different paths.
 */
public final class DroppedFiles {
  private static final Logger LOG = LoggerFactory.getLogger(DroppedFiles.class);

  /** Where they lie: on the root's file system, and never scanned or shared. */
  public static final RelativePath DIRECTORY = RelativePath.of(".realize/dropping");

  private final Disk disk;

  /** Of the tree on a disk. */
  public DroppedFiles(Disk disk) {
    this.disk = disk;
  }

  /** What became of a file. */
  public enum Outcome {
    /** It is unlinked. */
    DROPPED,
    /** It is another one by now, and stays. */
    CHANGED,
    /** A program has it open, and it stays. */
    OPEN
  }

  private static RelativePath aside(RelativePath path) {
    return RelativePath.of(DIRECTORY + "/" + path);
  }

  /** Unlinks a file if it is what {@code listed} tells of; not durable yet. */
  public Outcome drop(RelativePath path, FileStat listed) throws IOException {
    RelativePath aside = aside(path);
    putAside(path, aside);
    try {
      Outcome outcome = judge(aside, listed);
      if (outcome == Outcome.DROPPED) {
        disk.delete(aside);
      } else {
        disk.renameNew(aside, path);
      }
      return outcome;
    } catch (IOException e) {
      goBack(aside, path, e);
      throw e;
    }
  }

  /** Where even that fails, the next start puts it back. */
  private void goBack(RelativePath aside, RelativePath path, IOException cause) {
    try {
      disk.renameNew(aside, path);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private void putAside(RelativePath path, RelativePath aside) throws IOException {
    try {
      disk.renameNew(path, aside);
    } catch (NoSuchFileException e) {
      makeDirectories(parent(aside));
      disk.renameNew(path, aside);
    }
  }

  private void makeDirectories(RelativePath directory) throws IOException {
    if (directory.isRoot() || disk.stat(directory).isPresent()) {
      return;
    }
    makeDirectories(parent(directory));
    try {
      disk.createDirectory(directory);
    } catch (FileAlreadyExistsException e) {
      // By another file's drop at the same time.
    }
  }

  /** The change time is not asked: putting aside has changed it. */
  private Outcome judge(RelativePath aside, FileStat listed) throws IOException {
    try (DiskFile open = disk.open(aside, OpenMode.READ)) {
      FileStat now = open.stat();
      boolean isSame =
          now.sizeBytes() == listed.sizeBytes()
              && now.mtimeNanos() == listed.mtimeNanos()
              && now.mode() == listed.mode()
              && now.fileKey() == listed.fileKey();
      if (!isSame) {
        return Outcome.CHANGED;
      }
      return open.isOpenElsewhere() ? Outcome.OPEN : Outcome.DROPPED;
    }
  }

  /** Puts back what a crash left aside. Where another file has the name by now both stay. */
  public void restore() throws IOException {
    if (disk.stat(DIRECTORY).isPresent()) {
      restore(DIRECTORY, RelativePath.ROOT);
    }
  }

  private void restore(RelativePath directory, RelativePath original) throws IOException {
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      RelativePath aside = directory.child(entry.name());
      RelativePath path = original.child(entry.name());
      if (entry.stat().kind() == FileStat.Kind.DIRECTORY) {
        restore(aside, path);
      } else {
        putBack(aside, path);
      }
    }
    try {
      disk.delete(directory);
    } catch (DirectoryNotEmptyException e) {
      LOG.warn("'{}' holds files whose names are taken by now; look at them", directory);
    }
  }

  private void putBack(RelativePath aside, RelativePath path) throws IOException {
    try {
      disk.renameNew(aside, path);
      disk.forceDirectory(parent(path));
    } catch (FileAlreadyExistsException e) {
      LOG.warn("'{}' was about to be dropped; its name is taken by now", path);
    }
  }

  private static RelativePath parent(RelativePath path) {
    return path.parent().orElse(RelativePath.ROOT);
  }
}
