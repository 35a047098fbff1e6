package org.realize.nima.rpc;

import java.time.Duration;
import java.util.Optional;

/** The state of the connection to one peer. Times are milliseconds since 1970 UTC. */
public sealed interface PeerState {

  /**
   * The state of a peer with both connections up.
   *
   * @param address the other end's
   * @param clockAhead how far its clock was ahead of ours as it connected, to about a second; empty
   *     where it does not say
   */
  record Connected(long sinceMillis, String address, Optional<Duration> clockAhead)
      implements PeerState {}

  /** An attempt is under way. */
  record Dialling(String lastError) implements PeerState {}

  /** The next attempt comes in {@code delay}. */
  record Waiting(Duration delay, String lastError) implements PeerState {}

  /** The state of a peer without an address here: only the peer can dial. */
  record Awaited(String lastError) implements PeerState {}

  /** The state of a peer that the user disconnected. */
  record Disconnected() implements PeerState {}
}
