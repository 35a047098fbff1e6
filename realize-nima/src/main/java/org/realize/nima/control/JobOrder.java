package org.realize.nima.control;

import java.util.List;

/**
 * An order about the work that is left to do.
 *
 * @param action done before the work is listed
 * @param paths of files, or directories for all below them; none for all arenas
 */
public record JobOrder(JobAction action, List<ArenaPath> paths) implements ControlRequest {

  /** The effect of an order. */
  public enum JobAction {
    LIST,
    /** What failed, waits for a peer or was cancelled is done again at once. */
    RETRY,
    /** The work is stopped, and not done again until its path or mark changes. */
    CANCEL
  }

  public JobOrder {
    paths = List.copyOf(paths);
  }
}
