package org.realize.sync.branch;

import java.util.Optional;
import org.realize.sync.content.ContentOpener;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Availability;

/** The source of the bytes of bases: cache and peers. Thread-safe. */
final class BranchSource {

  private final ArenaStore store;
  private final ContentOpener opener;

  BranchSource(ArenaStore store, ContentOpener opener) {
    this.store = store;
    this.opener = opener;
  }

  ArenaName arena() {
    return store.arena();
  }

  OpenFile open(RelativePath path, Content.File content) throws RealizeException {
    return opener.open(path, content);
  }

  /** True if no peer, connected or not, is known to have a content that a path showed. */
  boolean isGone(RelativePath path, Content.File content) throws RealizeException {
    Optional<PathState> state = store.read(reader -> reader.path(path));
    return state.isEmpty() || Availability.holders(state.get(), content).isEmpty();
  }
}
