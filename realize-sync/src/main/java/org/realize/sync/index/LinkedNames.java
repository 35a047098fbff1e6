package org.realize.sync.index;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * The names of hard-linked files by (device, inode): a write through one name is hinted at that
 * name only. Filled by scans; beyond {@value #MAX_NAMES} names it forgets, and the other names of a
 * file are found by the next scan. Not thread-safe.
 */
final class LinkedNames {

  static final int MAX_NAMES = 100_000;

  private record LinkKey(long device, long fileKey) {}

  private final Map<LinkKey, Set<RelativePath>> names = new HashMap<>();
  private int count;

  void add(RelativePath path, FileStat stat) {
    if (count >= MAX_NAMES) {
      names.clear();
      count = 0;
    }
    LinkKey key = new LinkKey(stat.device(), stat.fileKey());
    if (names.computeIfAbsent(key, k -> new TreeSet<>()).add(path)) {
      count++;
    }
  }

  /** The known names of the file with this stat. */
  Set<RelativePath> of(FileStat stat) {
    return names.getOrDefault(new LinkKey(stat.device(), stat.fileKey()), Set.of());
  }
}
