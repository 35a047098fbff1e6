package org.realize.nima.cli;

import java.io.Console;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.realize.nima.config.UserHome;

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
        UserHome.path(System.getenv()),
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

  /**
   * {@code $REALIZE_HOME}, else {@code realize} in {@code $XDG_CONFIG_HOME}, else in {@code
   * ~/.config}.
   */
  Path defaultDirectory() {
    return variable("REALIZE_HOME")
        .map(Path::of)
        .or(() -> variable("XDG_CONFIG_HOME").map(Path::of).map(each -> each.resolve("realize")))
        .orElse(home.resolve(".config/realize"));
  }

  /** The program that the user's shell finds under this name. */
  Optional<Path> program(String name) {
    return variable("PATH").stream()
        .flatMap(path -> Arrays.stream(path.split(":")))
        .filter(each -> each.startsWith("/"))
        .map(each -> Path.of(each, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** A variable that is set, and not empty. */
  Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
  }
}
