package org.realize.nima.cli;

import org.realize.nima.config.Configuration;
import org.realize.nima.control.StopSignal;
import org.realize.sync.model.RealizeException;

/** The runner of a node in the foreground. */
@FunctionalInterface
public interface DaemonRunner {

  /**
   * Returns when {@code stop} was requested and everything is closed: the mount is gone, the stores
   * are flushed. Calls {@code ready} once, as soon as the node listens and the mount answers. A
   * failure to start or to go on is thrown after everything was closed.
   */
  void run(Configuration configuration, StopSignal stop, Runnable ready)
      throws RealizeException, InterruptedException;
}
