package org.realize.nima.daemon;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.VersionReport;
import org.realize.nima.control.VersionReport.PathVersion;
import org.realize.nima.control.VersionReport.VersionPlace;
import org.realize.sync.arena.Arena;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.real.Real;
import org.realize.sync.real.TrashedFiles.TrashedFile;
import org.realize.sync.rules.ConflictRules;

/** The list of the versions of some paths. Used once, by one thread. */
final class VersionLister {

  private final boolean withCurrent;
  private final List<PathVersion> listed = new ArrayList<>();
  private long count;
  private long bytes;

  /**
   * An empty list.
   *
   * @param withCurrent false for what is in the trash only
   */
  VersionLister(boolean withCurrent) {
    this.withCurrent = withCurrent;
  }

  /** Adds the versions of paths of an arena, and of what is below them; without any, of all. */
  void add(Arena arena, List<RelativePath> paths) throws RealizeException {
    if (withCurrent) {
      for (RelativePath path : paths) {
        PathState state = arena.store().read(reader -> reader.path(path)).orElse(null);
        addCurrent(arena, state);
      }
    }
    Real root = arena.root();
    if (root != null) {
      Predicate<RelativePath> wanted =
          path -> paths.isEmpty() || paths.stream().anyMatch(each -> each.contains(path));
      for (TrashedFile file : root.trashed().list(wanted)) {
        add(
            new PathVersion(
                arena.name(),
                file.path(),
                VersionPlace.TRASH,
                file.id(),
                null,
                file.stat().sizeBytes(),
                Instant.ofEpochMilli(file.takenMillis()),
                file.file().toString()));
      }
    }
  }

  private void addCurrent(Arena arena, @Nullable PathState state) {
    if (state == null) {
      return;
    }
    for (Version version : ConflictRules.versions(state)) {
      if (version.content() instanceof Content.File file) {
        boolean isShown = file.equals(state.shown().content());
        add(
            new PathVersion(
                arena.name(),
                state.path(),
                isShown ? VersionPlace.SHOWN : VersionPlace.CONFLICT,
                null,
                file.hash().toString(),
                file.sizeBytes(),
                Instant.ofEpochMilli(ConflictRules.madeMillis(version)),
                null));
      }
    }
  }

  private void add(PathVersion version) {
    count++;
    bytes += version.bytes();
    if (listed.size() < VersionReport.MAX_VERSIONS) {
      listed.add(version);
    }
  }

  VersionReport report() {
    return new VersionReport(count, bytes, listed);
  }
}
