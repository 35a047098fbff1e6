package org.realize.nima.rpc;

import org.realize.sync.model.RealizeException;

/** The handler of calls of the other side of a connection, each on a virtual thread of its own. */
@FunctionalInterface
interface CallHandler {

  /**
   * Sends the parts of the answer; returning completes it, throwing fails it. What is sent or
   * thrown after the call was cancelled is dropped.
   */
  void handle(IncomingCall call) throws RealizeException, InterruptedException;
}
