package org.realize.nima.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The unit of systemd that runs a user's own node. It is there where the package has brought it,
 * systemd runs for the user, and the node lies where the unit's daemon looks for it.
 */
final class UserUnit {

  private static final String FILE = "systemd/user/realize.service";
  private static final List<String> START = List.of("--user", "enable", "--now", "realize");

  private final Program systemctl;

  private UserUnit(Program systemctl) {
    this.systemctl = systemctl;
  }

  /** The unit of the node in {@code directory}, if there is one. */
  static Optional<UserUnit> of(Path directory, Surroundings here) {
    Path own = here.home().resolve(".local/share");
    boolean isBrought =
        Stream.of(own, Path.of("/usr/local/lib"), Path.of("/usr/lib"))
            .anyMatch(each -> Files.exists(each.resolve(FILE)));
    boolean runs =
        here.variable("XDG_RUNTIME_DIR")
            .filter(each -> Files.isDirectory(Path.of(each, "systemd")))
            .isPresent();
    boolean isUsual = directory.equals(here.home().resolve(".config/realize"));
    return isBrought && runs && isUsual
        ? Program.find("systemctl", here).map(UserUnit::new)
        : Optional.empty();
  }

  /** The command that starts the node, now and at each login, as a person types it. */
  String command() {
    return "systemctl " + String.join(" ", START);
  }

  /** Runs {@link #command}, which ends once the daemon is ready; false if it fails. */
  boolean start() throws InterruptedException {
    return systemctl.run(START, Map.of());
  }
}
