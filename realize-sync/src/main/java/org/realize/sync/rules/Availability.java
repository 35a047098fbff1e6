package org.realize.sync.rules;

import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import org.realize.sync.model.Content;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;

/** The stores that reported to have the bytes of a content at a path. */
public final class Availability {

  private Availability() {}

  /** The stores that hold what the path shows; empty when no store has it. */
  public static SortedSet<StoreId> holders(PathState state) {
    return holders(state, state.shown().content());
  }

  /** The stores that hold {@code content}, under whatever vector: equal bytes are equal bytes. */
  public static SortedSet<StoreId> holders(PathState state, Content content) {
    SortedSet<StoreId> stores = new TreeSet<>();
    for (Map.Entry<StoreId, Report> entry : state.reports().entrySet()) {
      boolean holds =
          entry.getValue().versions().stream()
              .anyMatch(r -> r.held() && r.version().content().equals(content));
      if (holds) {
        stores.add(entry.getKey());
      }
    }
    return stores;
  }
}
