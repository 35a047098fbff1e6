package org.realize.nima.control;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An order about conflicts.
 *
 * @param paths of the conflicts, globs, or directories for all below them; none for all
 * @param use the version to be chosen, as the user wrote it; null to choose none
 */
public record ConflictOrder(List<ArenaPath> paths, @Nullable String use) implements ControlRequest {

  public ConflictOrder {
    paths = List.copyOf(paths);
  }
}
