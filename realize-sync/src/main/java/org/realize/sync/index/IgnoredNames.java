package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.NotDirectoryException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The answer, for any name of a root, whether its ignore rules keep a new file of that name out of
 * the arena. Thread-safe.
 */
public final class IgnoredNames {

  private static final Logger LOG = LoggerFactory.getLogger(IgnoredNames.class);

  private final Disk disk;
  private final IgnoreRules configured;

  /** Guarded by this. */
  private final IgnoreFiles files;

  /**
   * The rules of the root on a disk.
   *
   * @param patterns from the configuration, stronger than those for temporary names, and weaker
   *     than any ignore file
   */
  public IgnoredNames(Disk disk, List<String> patterns) {
    this.disk = disk;
    this.configured = IgnoreRules.ofArena(patterns);
    this.files = new IgnoreFiles(disk);
  }

  /** True if the file, or a directory above it, is ignored. Costs a stat per directory. */
  public boolean contains(RelativePath path) throws StorageFailed {
    return look().contains(path);
  }

  /** A look for the names of one batch: each directory is looked at once. */
  public NamesLook look() {
    return new NamesLook();
  }

  /** The rules as they are found while names are asked for. For one thread. */
  public final class NamesLook {

    /** By directory: the rules inside it; none if it is ignored itself. */
    private final Map<RelativePath, Optional<IgnoreRules>> inside = new HashMap<>();

    private NamesLook() {}

    /** As {@link IgnoredNames#contains}. */
    public boolean contains(RelativePath path) throws StorageFailed {
      Optional<RelativePath> directory = path.parent();
      if (directory.isEmpty()) {
        return false;
      }
      try {
        Optional<IgnoreRules> rules = inside(directory.get());
        return rules.isEmpty() || rules.get().ignores(path, false);
      } catch (IOException e) {
        throw new StorageFailed("look for the ignore rules of '" + path + "'", e);
      }
    }

    private Optional<IgnoreRules> inside(RelativePath directory) throws IOException {
      Optional<IgnoreRules> known = inside.get(directory);
      if (known == null) {
        Optional<RelativePath> parent = directory.parent();
        Optional<IgnoreRules> outer =
            parent.isEmpty()
                ? Optional.of(configured)
                : inside(parent.get()).filter(rules -> !rules.ignores(directory, true));
        known = outer.isEmpty() ? outer : Optional.of(read(directory, outer.get()));
        inside.put(directory, known);
      }
      return known;
    }
  }

  private synchronized IgnoreRules read(RelativePath directory, IgnoreRules outer)
      throws IOException {
    Optional<FileStat> file = Optional.empty();
    try {
      file = disk.stat(directory.child(IgnoreRules.FILE_NAME));
    } catch (NotDirectoryException noDirectory) {
      LOG.debug("'{}' is no directory yet: the rules above it hold", directory);
    }
    return files.inside(directory, outer, file.orElse(null));
  }
}
