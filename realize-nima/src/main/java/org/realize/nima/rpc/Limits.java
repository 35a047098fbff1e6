package org.realize.nima.rpc;

import java.time.Duration;

/**
 * The bounds of a connection. Sizes in bytes.
 *
 * @param greeting from the first byte to the other side's Hello
 * @param stall for one whole frame once its first byte came, and for one write
 * @param keepAlive a Ping is sent when nothing was sent for so long
 * @param silence the connection is cut when nothing was heard for so long
 * @param quiet the other side is pinged when nothing was heard for so long while somebody waits
 * @param probe the connection is cut when that ping brought nothing for so long
 * @param farewell for the other side to take our Goodbye
 * @param maxCalls calls of the other side in flight
 * @param maxReplies answers to frames of the other side that wait to be sent
 * @param maxDataFrames frames with data that wait to be sent
 */
record Limits(
    Duration greeting,
    Duration stall,
    Duration keepAlive,
    Duration silence,
    Duration quiet,
    Duration probe,
    Duration farewell,
    int maxCalls,
    int maxReplies,
    int maxDataFrames) {

  /** Payload of one frame at most. */
  static final int MAX_PAYLOAD_BYTES = 1 << 20;

  /** Header of one frame at most. */
  static final int MAX_HEADER_BYTES = 16 << 10;

  /** Payload of all requests of one side in flight on a connection at most. */
  static final int MAX_REQUEST_BYTES = 8 << 20;

  /** What a Data frame costs in credit beside its payload. */
  static final int FRAME_COST_BYTES = 256;

  /** The least credit that a call starts with: any frame fits. */
  static final int MIN_WINDOW_BYTES = MAX_PAYLOAD_BYTES + (64 << 10);

  /** The most credit that a call may have. */
  static final int MAX_WINDOW_BYTES = 64 << 20;

  static final Limits DEFAULT =
      new Limits(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          Duration.ofSeconds(15),
          Duration.ofSeconds(45),
          Duration.ofMillis(500),
          Duration.ofMillis(1_500),
          Duration.ofSeconds(1),
          64,
          1024,
          4);
}
