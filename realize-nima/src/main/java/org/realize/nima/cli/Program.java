package org.realize.nima.cli;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A program of this machine that a command runs for a moment. What it prints is thrown away. */
final class Program {

  private static final int DEADLINE_SECONDS = 60;

  private final Path file;

  private Program(Path file) {
    this.file = file;
  }

  /** The program that the user's shell finds under this name. */
  static Optional<Program> find(String name, Surroundings here) {
    return here.program(name).map(Program::new);
  }

  /**
   * Runs it with more variables of the environment; false if it cannot be started, fails, or takes
   * longer than a minute, after which it is killed.
   */
  boolean run(List<String> arguments, Map<String, String> variables) throws InterruptedException {
    List<String> words = new ArrayList<>(List.of(file.toString()));
    words.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectInput(new File("/dev/null"))
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD);
    builder.environment().putAll(variables);
    try {
      Process process = builder.start();
      try {
        return process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return false;
    }
  }
}
