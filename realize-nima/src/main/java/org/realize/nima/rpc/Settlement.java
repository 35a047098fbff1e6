package org.realize.nima.rpc;

import java.util.UUID;

/**
 * The choice of one of two pairs of connections to one peer. Both sides decide alone, from the same
 * facts, and come to the same answer.
 */
final class Settlement {

  private Settlement() {}

  /**
   * The facts of a pair that decide.
   *
   * @param run the other side's process
   * @param dialledByLowerKey the side that dialled is the one whose key is lower
   */
  record RivalPair(UUID run, boolean dialledByLowerKey) {}

  /**
   * True if {@code candidate} takes the place of {@code existing}. A new run of the other side, or
   * a second pair from the same dialler, shows that the existing one is a corpse. Of two pairs
   * dialled from both sides, the one dialled by the lower key stays.
   */
  static boolean replaces(RivalPair candidate, RivalPair existing) {
    if (!candidate.run().equals(existing.run())
        || candidate.dialledByLowerKey() == existing.dialledByLowerKey()) {
      return true;
    }
    return candidate.dialledByLowerKey();
  }
}
