package org.realize.nima.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The program: {@code realize COMMAND …}. */
@Command(
    name = "realize",
    mixinStandardHelpOptions = true,
    version = "realize 0.1.0",
    description = "Keeps the files of a household of machines in sync, partially.")
public final class Realize {

  private Realize() {}

  /** Runs one command and ends the JVM with its exit code. */
  public static void main(String[] args) {
    System.exit(new CommandLine(new Realize()).execute(args));
  }
}
