package org.realize.chaos.sim;

/** Where a peer's process may die: before and after everything that its stores make durable. */
final class FaultPoint {

  private int countdown = -1;

  /** Dies at the {@code passes}th point from now. */
  void arm(int passes) {
    countdown = passes;
  }

  void disarm() {
    countdown = -1;
  }

  void pass(String where) {
    if (countdown >= 0 && countdown-- == 0) {
      throw new SimulatedCrash(where);
    }
  }
}
