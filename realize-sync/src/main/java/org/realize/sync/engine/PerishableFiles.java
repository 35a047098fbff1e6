package org.realize.sync.engine;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.Real;
import org.realize.sync.real.RootIndex;
import org.realize.sync.real.Trash.TrashOutcome;

/**
 * The perishable files of one root, which have no entry and hold up no removal: they go to the
 * trash with the directory that holds them. Killed on the way, the directory holds the others, and
 * is removed later. Thread-safe for different paths.
 */
final class PerishableFiles {

  /** Files that one directory is emptied of. */
  private static final int MAX_FILES = 10_000;

  private record PerishableName(RelativePath path, FileStat stat) {}

  private final Arena arena;
  private final Real root;
  private final RootIndex index;

  PerishableFiles(Arena arena, Real root, RootIndex index) {
    this.arena = arena;
    this.root = root;
    this.index = index;
  }

  /**
   * Moves what is in a directory to the trash, if all of it is perishable.
   *
   * @return true if that left the directory empty; false also if nothing was in it
   */
  boolean trash(RelativePath directory) throws IOException, RealizeException {
    List<PerishableName> found = new ArrayList<>();
    if (!find(directory, false, found) || found.isEmpty()) {
      return false;
    }
    for (PerishableName each : found) {
      if (root.trash().take(each.path(), each.stat(), false) != TrashOutcome.TAKEN) {
        return false;
      }
    }
    return true;
  }

  /** Finds all that is in a directory, children first; false if any of it is not perishable. */
  private boolean find(RelativePath directory, boolean isBelowOne, List<PerishableName> found)
      throws IOException, RealizeException {
    Disk.Entries listed = root.disk().entries(directory);
    if (!listed.undecodable().isEmpty()) {
      return false;
    }
    for (Disk.Entry entry : listed.complete()) {
      RelativePath path = directory.child(entry.name());
      FileStat stat = entry.stat();
      boolean isDirectory = stat.kind() == FileStat.Kind.DIRECTORY;
      if (stat.kind() == FileStat.Kind.OTHER
          || found.size() >= MAX_FILES
          || !(isBelowOne || index.isPerishable(path, isDirectory))
          || listed.directory().isMountAbove(stat)
          || arena.store().read(reader -> reader.path(path)).isPresent()
          || (isDirectory && !find(path, true, found))) {
        return false;
      }
      found.add(new PerishableName(path, stat));
    }
    return true;
  }
}
