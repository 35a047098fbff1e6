package org.realize.chaos.sim;

/** The process of a peer dies here; no error that the product handles. */
final class SimulatedCrash extends Error {
  private static final long serialVersionUID = 1L;

  SimulatedCrash(String where) {
    super(where, null, false, false);
  }
}
