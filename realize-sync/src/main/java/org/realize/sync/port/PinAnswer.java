package org.realize.sync.port;

/** A grantor's answer about one content. A {@code cause} is one line for people. */
public sealed interface PinAnswer {

  /** The promise is made and durable, or has ended if that was asked. */
  record Granted() implements PinAnswer {}

  /** A delay: the grantor has not indexed the path as it is on its disk yet. */
  record Later(String cause) implements PinAnswer {}

  /** A refusal. */
  record Refused(String cause) implements PinAnswer {}
}
