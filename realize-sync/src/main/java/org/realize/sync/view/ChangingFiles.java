package org.realize.sync.view;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.IoCause;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Real;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The real files of one arena that were touched and are not indexed yet: their attributes are those
 * that the disk has. At most {@value #MAX_FILES}; what is touched besides is shown as indexed until
 * it is indexed again, and so is what is absent. An ordinary stat costs a look at an empty map.
 * Thread-safe.
 */
final class ChangingFiles {

  private static final Logger LOG = LoggerFactory.getLogger(ChangingFiles.class);
  private static final int MAX_FILES = 16_384;

  /**
   * A file that is shown.
   *
   * @param number of the last hint about it
   */
  private record ChangingFile(RelativePath path, long number) {}

  private final Arena arena;
  private final Map<Inode, ChangingFile> files = new ConcurrentHashMap<>();

  ChangingFiles(Arena arena) {
    this.arena = arena;
  }

  /** Notes names that were touched; returns the inodes of those that show the real file. */
  List<Inode> touched(Set<RelativePath> names, long number) {
    List<Inode> shown = new ArrayList<>();
    try {
      arena
          .store()
          .read(reader -> {
            shown.clear();
            for (RelativePath name : names) {
              Node node = shownReal(reader, name);
              if (node != null && (files.size() < MAX_FILES || files.containsKey(node.inode()))) {
                files.put(node.inode(), new ChangingFile(name, number));
                shown.add(node.inode());
              }
            }
            return shown;
          });
    } catch (RealizeException e) {
      LOG.warn("look for what was touched in {}: {}", arena.name(), e.oneLine());
    }
    return shown;
  }

  private static @Nullable Node shownReal(ArenaReader reader, RelativePath path)
      throws StorageFailed {
    PathState state = reader.path(path).orElse(null);
    if (state == null
        || !(state.shown().content() instanceof Content.File shown)
        || !state.isReal(shown)) {
      return null;
    }
    Inode at = reader.root();
    Node node = null;
    for (String part : path.parts()) {
      node = reader.child(at, part).orElse(null);
      if (node == null) {
        return null;
      }
      at = node.inode();
    }
    return node != null && node.content().equals(shown) ? node : null;
  }

  /** Forgets what hints up to this number have touched: the store has it. */
  void indexed(long number) {
    files.values().removeIf(file -> file.number <= number);
  }

  /** The attributes that the disk has of a file that was touched; empty for all others. */
  Optional<Attributes> attributes(Inode inode) {
    ChangingFile file = files.isEmpty() ? null : files.get(inode);
    Real root = arena.root();
    if (file == null || root == null) {
      return Optional.empty();
    }
    try {
      return root.disk()
          .stat(file.path)
          .filter(now -> now.kind() == FileStat.Kind.FILE)
          .map(now ->
              new Attributes(
                  inode, FileKind.FILE, now.mode() & 0777, now.sizeBytes(), 1, now.mtime(), true));
    } catch (IOException e) {
      LOG.debug("stat '{}' of {}: {}", file.path, arena.name(), IoCause.of(e));
      return Optional.empty();
    }
  }
}
