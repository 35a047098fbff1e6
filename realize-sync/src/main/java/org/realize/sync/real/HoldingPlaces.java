package org.realize.sync.real;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;

/**
 * The places that hold the paths of one batch: each directory is asked for once ({@link
 * Places#holding}). For one thread.
 */
final class HoldingPlaces {
  private final Disk disk;

  /** By directory. */
  private final Map<RelativePath, RelativePath> places = new HashMap<>();

  HoldingPlaces(Disk disk) {
    this.disk = disk;
  }

  RelativePath holding(RelativePath path) throws IOException {
    RelativePath parent = OwnDirectories.parent(path);
    RelativePath known = places.get(parent);
    if (known == null) {
      known = Places.holding(disk, path);
      places.put(parent, known);
    }
    return known;
  }
}
