package org.realize.sync.view;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.arena.Arena;
import org.realize.sync.content.DisplacedFiles;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.NeededContents;
import org.realize.sync.rules.Availability;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bytes that real files of one arena alone have, and that other names need: they stay here when
 * a program takes the file from its name. Thread-safe.
 */
final class LastBytes {

  private static final Logger LOG = LoggerFactory.getLogger(LastBytes.class);

  private final Arena arena;
  private final NeededContents needed;

  LastBytes(Arena arena, NeededContents needed) {
    this.arena = arena;
    this.needed = needed;
  }

  /**
   * Keeps the bytes of a file that is about to lose its name as a blob, durably, if another name
   * needs them and nobody is known to have them: false if they cannot be kept so. Copies the file.
   */
  boolean keep(RelativePath path, FileStat seen) throws RealizeException {
    PathState state =
        arena.store().<Optional<PathState>>read(reader -> reader.path(path)).orElse(null);
    FileStat indexed = state == null ? null : state.realStat();
    if (state == null
        || indexed == null
        || !indexed.sameInode(seen)
        || indexed.sizeBytes() != seen.sizeBytes()
        || !(state.realContent() instanceof Content.File file)) {
      return true;
    }
    List<RelativePath> names = needing(path, file);
    if (names.isEmpty()) {
      return true;
    }
    PeerWaits.require("keep the bytes of '" + path + "'");
    try (DisplacedFiles kept = new DisplacedFiles(arena)) {
      kept.copy(path, file);
      kept.refer(names);
      arena.store().force();
      return true;
    } catch (VersionGone changed) {
      return true; // the bytes that are needed are not in the file any more
    } catch (RealizeException e) {
      LOG.warn("keep the bytes of '{}' of {} for others: {}", path, arena.name(), e.oneLine());
      return false;
    }
  }

  /**
   * Keeps the bytes of the file on the disk as a blob, durably, if {@code version}, which is to
   * have its name, does not follow it, and nobody is known to have them: they are one side of a
   * conflict then.
   */
  void keepBeside(PathState state, Version version) throws RealizeException {
    RealVersion real = state.real();
    if (real != null
        && state.realContent() instanceof Content.File file
        && !version.vector().covers(real.version().vector())
        && Availability.holders(state, file).isEmpty()) {
      try (DisplacedFiles kept = new DisplacedFiles(arena)) {
        kept.copy(state.path(), file);
        kept.refer(List.of(state.path()));
        arena.store().force();
      }
    }
  }

  /** The other names that need a content. */
  private List<RelativePath> needing(RelativePath path, Content.File file) throws RealizeException {
    List<RelativePath> hints = needed.of(file.hash());
    if (hints.isEmpty()) {
      return hints;
    }
    return arena
        .store()
        .read(reader -> {
          List<RelativePath> names = new ArrayList<>();
          for (RelativePath other : hints) {
            boolean isNeeding =
                !other.equals(path)
                    && reader
                        .path(other)
                        .filter(state -> state.shown().content().equals(file))
                        .filter(NeededContents::needsBytes)
                        .isPresent();
            if (isNeeding) {
              names.add(other);
            }
          }
          return names;
        });
  }
}
