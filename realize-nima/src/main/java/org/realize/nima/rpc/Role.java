package org.realize.nima.rpc;

/** Which way content flows between this node and a peer, seen from the peer. */
public enum Role {
  /** The peer may ask us and we ask it. */
  BOTH,
  /** The peer only sends: we ask it, it may not ask us. */
  SEND,
  /** The peer only receives: it may ask us, we do not ask it. */
  RECEIVE;

  /** May the peer ask us for anything of an arena? */
  boolean mayAsk() {
    return this != SEND;
  }

  /** May we ask the peer for anything of an arena? */
  boolean mayBeAsked() {
    return this != RECEIVE;
  }
}
