package org.realize.sync.index;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * Paths of indexed files by inode number, so that a file found under a new name is known at once.
 * Filled by scans and looks; files of up to {@value #MIN_BYTES} bytes are left out, whose hashing
 * costs one read, and beyond {@value #MAX_FILES} files the oldest are dropped. A path is a hint:
 * its state says whether it has that file. Not thread-safe.
 */
final class KnownFiles {

  static final int MAX_FILES = 100_000;
  private static final long MIN_BYTES = 128 << 10;

  private final Map<Long, RelativePath> paths =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, RelativePath> eldest) {
          return size() > MAX_FILES;
        }
      };

  void add(RelativePath path, FileStat stat) {
    if (stat.sizeBytes() > MIN_BYTES) {
      paths.put(stat.fileKey(), path);
    }
  }

  /** A path that had the file with this stat when it was last seen. */
  Optional<RelativePath> of(FileStat stat) {
    return Optional.ofNullable(paths.get(stat.fileKey()));
  }
}
