package org.realize.nima.rpc;

import org.realize.nima.rpc.wire.GoodbyeReason;

/**
 * The reason why a connection ended, in the closed set that also travels.
 *
 * @param byPeer the other side said so, else this side
 */
record SessionEnd(GoodbyeReason reason, String message, boolean byPeer) {

  /** For people: who ended it and why. */
  @Override
  public String toString() {
    String name = reason.name().substring("GOODBYE_".length()).toLowerCase(java.util.Locale.ROOT);
    return (byPeer ? "peer said " : "") + name.replace('_', ' ') + ": " + message;
  }
}
