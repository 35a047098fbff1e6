package org.realize.nima.rpc;

import java.io.IOException;
import org.realize.nima.rpc.wire.GoodbyeReason;

/** The other side sent what the protocol forbids; the connection ends with {@link #reason}. */
final class BrokenProtocol extends IOException {

  private static final long serialVersionUID = 1L;

  private final GoodbyeReason reason;

  BrokenProtocol(GoodbyeReason reason, String message) {
    super(message);
    this.reason = reason;
  }

  GoodbyeReason reason() {
    return reason;
  }
}
