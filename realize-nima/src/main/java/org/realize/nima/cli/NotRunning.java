package org.realize.nima.cli;

import java.nio.file.Path;

/** The command needs a running daemon, and there is none. */
final class NotRunning extends Exception {

  private static final long serialVersionUID = 1L;

  NotRunning(Path socket) {
    super("no daemon is running: nothing answers at " + socket);
  }
}
