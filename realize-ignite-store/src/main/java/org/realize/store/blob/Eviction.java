package org.realize.store.blob;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.EvictionRules;

/** Asks the arena's table whether bytes may go. Thread-safe. */
final class Eviction {

  /** Paths looked at; a content that more of them show stays. */
  private static final int MAX_PATHS = 1_000;

  private final ArenaStore store;
  private final Mark arenaMark;

  Eviction(ArenaStore store, Mark arenaMark) {
    this.store = store;
    this.arenaMark = arenaMark;
  }

  EvictionRules.Verdict judge(ContentHash hash) throws RealizeException {
    return store.read(reader -> judge(reader, hash));
  }

  private EvictionRules.Verdict judge(ArenaReader reader, ContentHash hash) throws StorageFailed {
    List<RelativePath> paths = reader.blobReferences(hash, MAX_PATHS + 1);
    if (paths.size() > MAX_PATHS) {
      return EvictionRules.Verdict.MARKED;
    }
    List<PathState> showing = new ArrayList<>();
    for (RelativePath path : paths) {
      Optional<PathState> state = reader.path(path);
      state.ifPresent(showing::add);
    }
    return EvictionRules.judge(hash, showing, reader.marks(), arenaMark);
  }
}
