package org.realize.fuse.sys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.realize.sync.posix.MountCalls;

/** A user and group: those that the mount shows as owner of everything, or those who mount. */
public record Owner(int uid, int gid) {

  private static final Path USERS = Path.of("/etc/passwd");
  private static final Path GROUPS = Path.of("/etc/group");

  /** The effective user and group of this process, which mounts. */
  public static Owner ofThisProcess() {
    return new Owner(MountCalls.user(), MountCalls.group());
  }

  /**
   * Reads {@code USER} or {@code USER:GROUP}, each a number or a name of {@code /etc/passwd} and
   * {@code /etc/group}; without a group it is the user's own. Throws {@link
   * IllegalArgumentException} for a user or group that is not known.
   */
  public static Owner parse(String text) {
    return parse(text, Owner::lines);
  }

  static Owner parse(String text, Function<Path, Stream<String>> lines) {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? "" : text.substring(colon + 1);
    Optional<String[]> known = line(lines, USERS, user);
    int uid = known.map(fields -> Integer.parseInt(fields[2])).orElseGet(() -> number(user));
    if (colon < 0) {
      return new Owner(uid, known.map(fields -> Integer.parseInt(fields[3])).orElse(uid));
    }
    Optional<String[]> found = line(lines, GROUPS, group);
    return new Owner(
        uid, found.map(fields -> Integer.parseInt(fields[2])).orElseGet(() -> number(group)));
  }

  /** The fields of the line of a name or number. */
  private static Optional<String[]> line(
      Function<Path, Stream<String>> lines, Path file, String key) {
    try (Stream<String> all = lines.apply(file)) {
      return all.map(line -> line.split(":", -1))
          .filter(fields -> fields.length >= 4)
          .filter(fields -> fields[0].equals(key) || fields[2].equals(key))
          .findFirst();
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      return Stream.empty();
    }
  }

  private static int number(String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw new IllegalArgumentException(
          "'" + text + "' is no user or group here: USER, USER:GROUP or their numbers");
    }
    return Integer.parseInt(text);
  }
}
