package org.realize.nima.config;

import java.nio.file.Path;
import java.util.Map;

/** The user's home directory: {@code $HOME}, else that of the list of users. */
public final class UserHome {

  private UserHome() {}

  /**
   * The home directory, absolute.
   *
   * @param environment variables of the process
   */
  public static Path path(Map<String, String> environment) {
    String home = environment.getOrDefault("HOME", "");
    return Path.of(home.startsWith("/") ? home : System.getProperty("user.home"));
  }
}
