package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.NotSupportedException;

/**
 * Moves of files to names where nothing is, in a way that never replaces what a program puts there
 * at the same time.
 */
public final class FreeNames {

  private FreeNames() {}

  /**
   * Renames in one step; where the file system has none, gives the file the second name and then
   * takes the first away. Stopped in between, it has both names. {@link
   * java.nio.file.FileAlreadyExistsException} where the name is taken, {@link
   * NotSupportedException} where the file system has neither: then nothing has changed.
   *
   * @return what is at {@code target} right after it
   */
  public static Optional<FileStat> move(Disk disk, RelativePath source, RelativePath target)
      throws IOException {
    try {
      return disk.renameNew(source, target);
    } catch (NotSupportedException noSuchStep) {
      if (disk.stat(source).filter(stat -> stat.kind() == Kind.DIRECTORY).isPresent()) {
        if (disk.stat(target).isPresent()) {
          throw new FileAlreadyExistsException(target.toString());
        }
        disk.rename(source, target); // which replaces an empty directory at most
      } else {
        disk.link(source, target);
        disk.forceDirectory(OwnDirectories.parent(target)); // or a power cut may take both names
        disk.delete(source);
        disk.forceDirectory(OwnDirectories.parent(source)); // or it may bring this name back
      }
      return disk.stat(target);
    }
  }

  /** As {@link #move}, with the directories above {@code target} made, which must be our own. */
  static void moveInto(Disk disk, RelativePath source, RelativePath target) throws IOException {
    try {
      take(disk, source, target);
    } catch (NoSuchFileException noDirectory) {
      OwnDirectories.make(disk, OwnDirectories.parent(target));
      take(disk, source, target);
    }
  }

  /** Where only Realize makes names, looking first is as good as one step. */
  private static void take(Disk disk, RelativePath source, RelativePath target) throws IOException {
    try {
      disk.renameNew(source, target);
    } catch (NotSupportedException noSuchStep) {
      if (disk.stat(target).isPresent()) {
        throw new FileAlreadyExistsException(target.toString());
      }
      disk.rename(source, target);
    }
  }
}
