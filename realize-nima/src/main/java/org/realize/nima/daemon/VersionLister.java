package org.realize.nima.daemon;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
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
  private final ContentHolders holders;
  private final List<PathVersion> listed = new ArrayList<>();
  private long count;
  private long bytes;

  /**
   * An empty list.
   *
   * @param withCurrent false for what is in the trash only
   */
  VersionLister(boolean withCurrent, ContentHolders holders) {
    this.withCurrent = withCurrent;
    this.holders = holders;
  }

  /** Adds the versions of paths of an arena, and of what is below them; without any, of all. */
  void add(Arena arena, List<RelativePath> paths) throws RealizeException {
    if (withCurrent) {
      for (RelativePath path : paths) {
        PathState state = arena.store().read(reader -> reader.path(path)).orElse(null);
        if (state != null) {
          addKnown(arena, state);
        }
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
                file.file().toString(),
                List.of()));
      }
    }
  }

  private void addKnown(Arena arena, PathState state) throws RealizeException {
    for (Version version : ConflictRules.versions(state)) {
      boolean isShown = version.content().equals(state.shown().content());
      add(arena, state, version, isShown ? VersionPlace.SHOWN : VersionPlace.CONFLICT);
    }
    List<Version> earlier = new ArrayList<>(ConflictRules.earlier(state));
    earlier.sort(Comparator.comparingLong(ConflictRules::madeMillis).reversed());
    for (Version version : earlier) {
      add(arena, state, version, VersionPlace.EARLIER);
    }
  }

  private void add(Arena arena, PathState state, Version version, VersionPlace place)
      throws RealizeException {
    if (version.content() instanceof Content.File file) {
      add(
          new PathVersion(
              arena.name(),
              state.path(),
              place,
              null,
              file.hash().toString(),
              file.sizeBytes(),
              Instant.ofEpochMilli(ConflictRules.madeMillis(version)),
              null,
              holders.of(arena, state, file)));
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
