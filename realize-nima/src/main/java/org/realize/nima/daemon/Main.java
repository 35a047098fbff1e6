package org.realize.nima.daemon;

import org.realize.nima.cli.Realize;

/** The program {@code realize}: the command line, with the daemon that it may run. */
public final class Main {

  private Main() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(Realize.run(new Daemon(), arguments));
  }
}
