package org.realize.nima.config;

/** The direction in which changes flow between this node and a peer. */
public enum Role {
  /** The peer sends us its changes and receives ours. */
  BOTH,
  /** The peer only sends: nothing is announced to it. */
  SEND,
  /** The peer only receives: what it reports is refused. */
  RECEIVE;

  /** May the peer ask us for anything of an arena? */
  public boolean mayAsk() {
    return this != SEND;
  }

  /** May we ask the peer for anything of an arena? */
  public boolean mayBeAsked() {
    return this != RECEIVE;
  }
}
