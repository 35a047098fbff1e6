package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;

/**
 * The answer, for any name of a root, whether its ignore rules keep a new file of that name out of
 * the arena. Thread-safe.
 */
public final class IgnoredNames {

  private final Disk disk;
  private final IgnoreRules configured;

  /** Guarded by this. */
  private final IgnoreFiles files;

  /**
   * The rules of the root on a disk.
   *
   * @param patterns from the configuration, weaker than any ignore file
   */
  public IgnoredNames(Disk disk, List<String> patterns) {
    this.disk = disk;
    this.configured = IgnoreRules.of(patterns);
    this.files = new IgnoreFiles(disk);
  }

  /** True if the file, or a directory above it, is ignored. Costs a stat per directory. */
  public synchronized boolean contains(RelativePath path) throws StorageFailed {
    IgnoreRules rules = configured;
    RelativePath directory = RelativePath.ROOT;
    List<String> parts = path.parts();
    try {
      for (int i = 0; i < parts.size(); i++) {
        Optional<FileStat> file = disk.stat(directory.child(IgnoreRules.FILE_NAME));
        rules = files.inside(directory, rules, file.orElse(null));
        directory = directory.child(parts.get(i));
        if (rules.ignores(directory, i < parts.size() - 1)) {
          return true;
        }
      }
      return false;
    } catch (NotDirectoryException noDirectory) {
      return false; // what is there instead has no rules
    } catch (IOException e) {
      throw new StorageFailed("look for the ignore rules of '" + path + "'", e);
    }
  }
}
