package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order about files in the trash, answered by a stream of {@link CacheEvent}.
 *
 * @param paths that the files had, or directories for all below them
 * @param id of the version to restore; null for the latest
 * @param target the name under which one file is restored; null for its own
 */
public record TrashOrder(
    TrashAction action, List<ArenaPath> paths, @Nullable Long id, @Nullable ArenaPath target)
    implements ControlRequest {

  /** The effect of an order. */
  public enum TrashAction {
    RESTORE,
    PURGE,
    /** As {@link #PURGE}, on all peers that share the arena, too. */
    PURGE_HOUSEHOLD
  }

  public TrashOrder {
    paths = List.copyOf(paths);
  }
}
