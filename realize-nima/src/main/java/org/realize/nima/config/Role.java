package org.realize.nima.config;

/** Which way changes flow between us and a peer. */
public enum Role {
  /** The peer sends us its changes and receives ours. */
  BOTH,
  /** The peer only sends: it is told nothing. */
  SEND,
  /** The peer only receives: what it reports is refused. */
  RECEIVE
}
