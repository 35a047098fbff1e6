package org.realize.nima.cli;

import java.io.Console;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The process as a command sees it.
 *
 * @param environment variables
 * @param home the user's home directory
 * @param directory the current directory
 * @param input standard input
 * @param terminal whether a person reads standard output on a terminal
 */
record Surroundings(
    Map<String, String> environment,
    Path home,
    Path directory,
    InputStream input,
    BooleanSupplier terminal) {

  Surroundings {
    environment = Map.copyOf(environment);
  }

  static Surroundings ofThisProcess() {
    return new Surroundings(
        System.getenv(),
        Path.of(System.getProperty("user.home")),
        Path.of("").toAbsolutePath(),
        System.in,
        Surroundings::isOnTerminal);
  }

  /** Whether there is a console at all depends on the JDK's console module. */
  @SuppressWarnings("SystemConsoleNull")
  private static boolean isOnTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  /** {@code $REALIZE_HOME}, else {@code ~/.config/realize}. */
  Path defaultDirectory() {
    return Optional.ofNullable(environment.get("REALIZE_HOME"))
        .filter(directory -> !directory.isEmpty())
        .map(Path::of)
        .orElse(home.resolve(".config/realize"));
  }
}
