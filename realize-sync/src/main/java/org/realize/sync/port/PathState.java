package org.realize.sync.port;

import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;

/**
 * Everything that this peer knows of one path: the one value that the sync rules turn into its
 * successor. Immutable.
 *
 * @param shown the default version, the one that the mount shows; a tombstone when it shows nothing
 * @param metadata joined over all that was reported for the path
 * @param real what is on this peer's disk, or was removed from it; null when nothing ever was
 * @param announcedSeq the path's position in this peer's own feed; 0 if it was never announced
 * @param reports what each peer last told, by its store
 */
public record PathState(
    RelativePath path,
    Version shown,
    Metadata metadata,
    @Nullable RealVersion real,
    long announcedSeq,
    Map<StoreId, Report> reports) {

  public PathState {
    Objects.requireNonNull(path, "path");
    Objects.requireNonNull(shown, "shown");
    Objects.requireNonNull(metadata, "metadata");
    reports = java.util.Collections.unmodifiableMap(new TreeMap<>(reports));
  }
}
