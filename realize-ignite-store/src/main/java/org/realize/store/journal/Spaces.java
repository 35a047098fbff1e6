package org.realize.store.journal;

/**
 * The cache groups of arenas' rows: made with an arena, deleted with it. A failure is thrown as an
 * unchecked exception.
 */
public interface Spaces {
  /** Makes the space of an arena, whose id is 1 or more, if it is not there. Up to 0.2 s. */
  void createArena(int arena);

  /** Whether there is a space for this arena. */
  boolean hasArena(int arena);

  /**
   * Removes the space of an arena with all its rows. No writer may be left, and the log must be
   * {@linkplain CommitLog#settle settled} after the last commit.
   */
  void destroyArena(int arena);
}
