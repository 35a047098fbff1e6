package org.realize.sync.service;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PurgeAnswer;
import org.realize.sync.real.Real;
import org.realize.sync.real.TrashedFiles;
import org.realize.sync.real.TrashedFiles.TrashedFile;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.ConflictRules;

/**
 * The purge of an arena's trash for a peer. This machine's own rules decide: what a program has
 * open or has changed stays, what lies in a place in doubt is not touched, and what may be the last
 * copy of something that its path shows stays, by size, since no hash of it is known.
 */
record ServedTrash(Arena arena) {

  private static final int PURGED_AT_ONCE = 500;

  /** Deletes the files that had these paths, or, where none had one, what lay below it. */
  PurgeAnswer purge(List<RelativePath> paths) throws RealizeException {
    Real root = arena.root();
    if (root == null) {
      throw new NotFound("arena '" + arena.name() + "' has no trash here");
    }
    TrashedFiles trash = root.trashed();
    List<TrashedFile> deletable = new ArrayList<>();
    long kept = 0;
    String cause = "";
    for (TrashedFile file : chosen(trash, paths)) {
      if (arena.store().<Boolean>read(reader -> isNeeded(reader, file))) {
        kept++;
        cause = cause.isEmpty() ? needed(file) : cause;
      } else {
        deletable.add(file);
      }
    }
    long files = 0;
    long bytes = 0;
    for (int at = 0; at < deletable.size(); at += PURGED_AT_ONCE) {
      List<TrashedFile> part =
          deletable.subList(at, Math.min(deletable.size(), at + PURGED_AT_ONCE));
      Set<TrashedFile> purged = trash.purge(part);
      for (TrashedFile file : part) {
        if (purged.contains(file)) {
          files++;
          bytes += file.stat().sizeBytes();
        } else {
          kept++;
          cause = cause.isEmpty() ? inUse(file) : cause;
        }
      }
    }
    return new PurgeAnswer(files, bytes, kept, cause);
  }

  private static Set<TrashedFile> chosen(TrashedFiles trash, List<RelativePath> paths)
      throws RealizeException {
    List<TrashedFile> listed =
        trash.list(path -> paths.stream().anyMatch(top -> top.contains(path)));
    Set<TrashedFile> chosen = new LinkedHashSet<>();
    paths.forEach(path -> chosen.addAll(TrashedFiles.named(listed, path)));
    return chosen;
  }

  private static String needed(TrashedFile file) {
    return "'" + file.path() + "' may be the last copy of what its name shows";
  }

  private static String inUse(TrashedFile file) {
    return "a program has '" + file.path() + "' open, or has changed it";
  }

  /** True if nobody is known to have a current content of the path that the file may have. */
  private static boolean isNeeded(ArenaReader reader, TrashedFile trashed)
      throws RealizeException.StorageFailed {
    PathState state = reader.path(trashed.path()).orElse(null);
    if (state == null) {
      return false;
    }
    for (Version version : ConflictRules.versions(state)) {
      if (version.content() instanceof Content.File file
          && file.sizeBytes() == trashed.stat().sizeBytes()
          && !state.isReal(file)
          && Availability.holders(state, file).isEmpty()
          && reader.blob(file.hash()).filter(BlobRow::isWhole).isEmpty()) {
        return true;
      }
    }
    return false;
  }
}
