package org.realize.nima.rpc;

import java.time.Duration;

/** How the connection to one peer stands. Times are milliseconds since 1970 UTC. */
public sealed interface PeerState {

  /**
   * Both connections are up.
   *
   * @param address the other end's
   * @param dialled this node dialled, else the peer did
   * @param theirName what the peer calls itself
   */
  record Connected(
      long sinceMillis, String address, boolean dialled, Duration roundTrip, String theirName)
      implements PeerState {}

  /** An attempt is under way. */
  record Dialling(String lastError) implements PeerState {}

  /** The next attempt comes in {@code delay}. */
  record Waiting(Duration delay, String lastError) implements PeerState {}

  /** This peer has no address here: it must dial us. */
  record Awaited(String lastError) implements PeerState {}

  /** Told to stay disconnected. */
  record Disconnected() implements PeerState {}
}
