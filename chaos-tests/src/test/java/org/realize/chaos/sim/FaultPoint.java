package org.realize.chaos.sim;

/**
 * A point where a peer's process may die: before and after everything that its stores make durable.
 */
final class FaultPoint {

  private int countdown = -1;
  private boolean dead;

  /** Dies at the {@code passes}th point from now. */
  void arm(int passes) {
    countdown = passes;
  }

  /** The process dies now. */
  void die() {
    dead = true;
  }

  boolean isDead() {
    return dead;
  }

  /** For the next process. */
  void disarm() {
    countdown = -1;
    dead = false;
  }

  void pass(String where) {
    dead |= countdown >= 0 && countdown-- == 0;
    if (dead) {
      throw new SimulatedCrash(where);
    }
  }
}
