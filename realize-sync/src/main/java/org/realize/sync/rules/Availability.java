package org.realize.sync.rules;

import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
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
    return reporters(state, said -> said.held() && said.version().content().equals(content));
  }

  /** The stores that know that the path has {@code content}, whether or not they hold it. */
  public static SortedSet<StoreId> reporters(PathState state, Content content) {
    return reporters(state, said -> said.version().content().equals(content));
  }

  private static SortedSet<StoreId> reporters(PathState state, Predicate<Report.Reported> which) {
    SortedSet<StoreId> stores = new TreeSet<>();
    for (Map.Entry<StoreId, Report> entry : state.reports().entrySet()) {
      if (entry.getValue().versions().stream().anyMatch(which)) {
        stores.add(entry.getKey());
      }
    }
    return stores;
  }
}
