package org.realize.nima.cli;

import org.realize.sync.model.RealizeException;

/** The exit code of a command, for scripts. */
enum ExitCode {
  OK(0),
  ERROR(1),
  USAGE(2),
  FOUND(3),
  NOT_RUNNING(10),
  DEADLINE(11),
  INTERRUPTED(20);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static ExitCode of(Exception e) {
    return switch (e) {
      case NotRunning absent -> NOT_RUNNING;
      case InterruptedException interrupted -> INTERRUPTED;
      case RealizeException.TimedOut late -> DEADLINE;
      default -> ERROR;
    };
  }
}
