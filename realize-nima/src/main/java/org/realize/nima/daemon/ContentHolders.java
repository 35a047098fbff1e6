package org.realize.nima.daemon;

import java.util.ArrayList;
import java.util.List;
import org.realize.sync.arena.Arena;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Availability;

/** The names of the nodes that have all bytes of contents, as far as this one knows. */
record ContentHolders(StoreNames names) {

  /** The holders of a content of a path, this node first. */
  List<String> of(Arena arena, PathState state, Content content) throws RealizeException {
    List<String> holders = new ArrayList<>();
    boolean isCached =
        content instanceof Content.File file
            && arena.store().read(r -> r.blob(file.hash())).filter(BlobRow::isWhole).isPresent();
    if (state.isReal(content) || isCached) {
      holders.add(names.self());
    }
    for (StoreId store : Availability.holders(state, content)) {
      holders.add(names.name(store));
    }
    return holders;
  }
}
