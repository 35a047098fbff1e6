package org.realize.nima.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.IoCause;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The private roots of a node: a directory for each arena that has no configured root, for what
 * programs write through the mount. Where they lie is decided by the environment of the daemon's
 * first start, and stands in the file {@value #PLACE} of the state from then on: in {@code
 * realize/roots} of {@code $XDG_DATA_HOME} (or {@code ~/.local/share}) where the node has the usual
 * directory of its user, else in {@code roots} beside the state.
 *
 * @param owner of a new private root; empty for the daemon's user
 */
public record PrivateRoots(Path directory, Optional<Owner> owner) {

  private static final Logger LOG = LoggerFactory.getLogger(PrivateRoots.class);

  private static final String PLACE = "private-roots";

  /** Relative to the state, so that a node can be moved with all that is in it. */
  private static final String BESIDE = "../roots";

  /** Those of a node. */
  public static PrivateRoots of(Configuration configuration) {
    return new PrivateRoots(
        directory(directoryOf(configuration), configuration.node().state(), System.getenv()),
        configuration.node().mount().flatMap(MountSettings::owner));
  }

  private static Path directoryOf(Configuration configuration) {
    Path file = configuration.file().toAbsolutePath().normalize();
    return file.getParent() == null ? file : file.getParent();
  }

  /**
   * Those of a node that starts, which lie at the same place from now on, whatever the environment.
   * Durable on return; a place that cannot be written down is logged, and decided again at the next
   * start.
   */
  public static PrivateRoots settled(Configuration configuration) {
    PrivateRoots roots = of(configuration);
    Path state = configuration.node().state();
    Path place = state.resolve(PLACE);
    if (!Files.exists(place)) {
      boolean isBeside = roots.directory().equals(beside(state));
      try {
        AtomicFile.write(place, (isBeside ? BESIDE : roots.directory()) + "\n");
      } catch (IOException e) {
        LOG.warn("write {}, which says where the private roots are: {}", place, IoCause.of(e));
      }
    }
    return roots;
  }

  /** The directory of the private roots of the node in {@code node}. */
  static Path directory(Path node, Path state, Map<String, String> environment) {
    Optional<Path> settled = settled(state);
    if (settled.isPresent()) {
      return settled.get();
    }
    Path usual = base(environment, "XDG_CONFIG_HOME", ".config").resolve("realize");
    return RealPaths.of(node).equals(RealPaths.of(usual))
        ? base(environment, "XDG_DATA_HOME", ".local/share").resolve("realize/roots")
        : beside(state);
  }

  private static Path beside(Path state) {
    return state.resolve(BESIDE).normalize();
  }

  /** Empty before the first start, and for those who may not read the state. */
  private static Optional<Path> settled(Path state) {
    try {
      return Optional.of(Files.readString(state.resolve(PLACE)).stripTrailing())
          .filter(Predicate.not(String::isEmpty))
          .map(text -> state.resolve(text).normalize());
    } catch (IOException | InvalidPathException e) {
      return Optional.empty();
    }
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
