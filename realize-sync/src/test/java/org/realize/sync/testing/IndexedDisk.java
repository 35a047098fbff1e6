package org.realize.sync.testing;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.realize.sync.index.Hashers;
import org.realize.sync.index.Indexer;
import org.realize.sync.index.NoChangeSource;
import org.realize.sync.index.OwnFiles;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Finding;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Ownership;
import org.realize.sync.real.Places;
import org.realize.sync.real.Real;

/**
 * The index of a disk's root, scanned by the test.
 *
 * @param indexer hashes in the caller's thread, and watches nothing
 */
public record IndexedDisk(ArenaStore store, Places places, Indexer indexer) {

  /** A life of a process on a root and a store that may have seen others. */
  public static IndexedDisk start(Real real, ArenaStore store, GlobalStore global, TimeSource time)
      throws RealizeException {
    Ownership ownership = new Ownership(store.arena(), global, "here");
    Places places = new Places(real.disk(), store, ownership, time, new Random());
    Indexer.Root root =
        new Indexer.Root(
            real, places, new NoChangeSource("the test scans"), List.of(), OwnFiles.NONE);
    return new IndexedDisk(store, places, new Indexer(root, store, global, time, Hashers.inline()));
  }

  /** The state of a path that must be known. */
  public PathState state(String path) throws RealizeException {
    return store.read(reader -> reader.path(RelativePath.of(path))).orElseThrow();
  }

  /** The findings, subject → cause. */
  public Map<String, String> findings() throws RealizeException {
    Map<String, String> found = new TreeMap<>();
    for (Finding finding : store.<List<Finding>>read(reader -> reader.findings(1_000))) {
      found.put(finding.subject(), finding.cause());
    }
    return found;
  }
}
