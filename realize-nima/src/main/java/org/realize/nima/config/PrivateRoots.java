package org.realize.nima.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.ArenaName;

/**
 * The private roots of a node: a directory for each arena that has no configured root, for what
 * programs write through the mount. They lie in {@code realize/roots} of {@code $XDG_DATA_HOME} (or
 * {@code ~/.local/share}) where the node has the usual directory of its user, else in {@code roots}
 * of the node's directory.
 *
 * @param owner of a new private root; empty for the daemon's user
 */
public record PrivateRoots(Path directory, Optional<Owner> owner) {

  /** Those of a node. */
  public static PrivateRoots of(Configuration configuration) {
    Path file = configuration.file().toAbsolutePath().normalize();
    Path node = file.getParent() == null ? file : file.getParent();
    return new PrivateRoots(
        directory(node, System.getenv()),
        configuration.node().mount().flatMap(MountSettings::owner));
  }

  /** The directory of the private roots of the node in {@code node}. */
  static Path directory(Path node, Map<String, String> environment) {
    Path usual = base(environment, "XDG_CONFIG_HOME", ".config").resolve("realize");
    return RealPaths.of(node).equals(RealPaths.of(usual))
        ? base(environment, "XDG_DATA_HOME", ".local/share").resolve("realize/roots")
        : node.resolve("roots");
  }

  private static Path base(Map<String, String> environment, String variable, String otherwise) {
    String value = environment.getOrDefault(variable, "");
    return value.startsWith("/") ? Path.of(value) : UserHome.path(environment).resolve(otherwise);
  }

  /** The root of an arena: one directory, whatever parts its name has. */
  public Path of(ArenaName arena) {
    return directory.resolve(arena.value().replace("%", "%25").replace("/", "%2F"));
  }
}
