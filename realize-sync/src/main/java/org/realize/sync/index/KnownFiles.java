package org.realize.sync.index;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * Paths of indexed files and directories by inode number, so that one found under a new name is
 * known at once. Filled by scans and looks; files of up to {@value #MIN_BYTES} bytes are left out,
 * whose hashing costs one read, and beyond {@value #MAX_FILES} of either kind the oldest are
 * dropped. A path is a hint: its state says whether it has that inode. Not thread-safe.
 */
final class KnownFiles {

  static final int MAX_FILES = 100_000;
  private static final long MIN_BYTES = 128 << 10;

  private final Map<Long, RelativePath> files = new NewestPaths();
  private final Map<Long, RelativePath> directories = new NewestPaths();

  private static final class NewestPaths extends LinkedHashMap<Long, RelativePath> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<Long, RelativePath> eldest) {
      return size() > MAX_FILES;
    }
  }

  /** Adds a file or a directory. */
  void add(RelativePath path, FileStat stat) {
    if (stat.kind() == FileStat.Kind.DIRECTORY) {
      directories.put(stat.fileKey(), path);
    } else if (stat.sizeBytes() > MIN_BYTES) {
      files.put(stat.fileKey(), path);
    }
  }

  /** A path that had the file or directory with this stat when it was last seen. */
  Optional<RelativePath> of(FileStat stat) {
    boolean isDirectory = stat.kind() == FileStat.Kind.DIRECTORY;
    return Optional.ofNullable((isDirectory ? directories : files).get(stat.fileKey()));
  }
}
