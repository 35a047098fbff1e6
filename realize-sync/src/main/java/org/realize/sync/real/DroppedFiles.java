package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
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
    return OwnDirectories.below(DIRECTORY, path);
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
      OwnDirectories.make(disk, OwnDirectories.parent(aside));
      disk.renameNew(path, aside);
    }
  }

  /** The change time is not asked: putting aside has changed it. */
  private Outcome judge(RelativePath aside, FileStat listed) throws IOException {
    try (DiskFile open = disk.open(aside, OpenMode.READ)) {
      FileStat now = open.stat();
      boolean isSame =
          now.sizeBytes() == listed.sizeBytes()
              && now.mtime().equals(listed.mtime())
              && now.mode() == listed.mode()
              && now.fileKey() == listed.fileKey();
      if (!isSame) {
        return Outcome.CHANGED;
      }
      return open.openForWriting() == OpenState.OPEN ? Outcome.OPEN : Outcome.DROPPED;
    }
  }

  /** Puts back what a crash left aside. Where another file has the name by now both stay. */
  public void restore() throws IOException {
    if (!OwnDirectories.clear(disk, DIRECTORY, this::putBack)) {
      LOG.warn("'{}' holds files whose names are taken by now; look at them", DIRECTORY);
    }
  }

  private void putBack(RelativePath aside, RelativePath path) throws IOException {
    try {
      disk.renameNew(aside, path);
      disk.forceDirectory(OwnDirectories.parent(path));
    } catch (FileAlreadyExistsException e) {
      LOG.warn("'{}' was about to be dropped; its name is taken by now", path);
    }
  }
}
