package org.realize.nima.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.nima.config.ArenaSettings;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.MountSettings;
import org.realize.nima.config.Nearest;
import org.realize.nima.config.RealPaths;
import org.realize.nima.control.ArenaPath;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;

/**
 * The paths of arenas as a user writes them: {@code ARENA/PATH}, or any path in the mount or in a
 * root, also relative to the current directory. What begins with an arena's name is the former;
 * {@code ./} before it makes it the latter.
 */
final class ArenaPaths {

  static final String HELP =
      "The arena's name and the path in it, or a path in the mount or in an arena's root.";

  private final Configuration configuration;
  private final Path directory;

  /**
   * The paths of the configured arenas.
   *
   * @param directory the current one
   */
  ArenaPaths(Configuration configuration, Path directory) {
    this.configuration = configuration;
    this.directory = directory;
  }

  /** The path that {@code text} names; it need not exist. */
  ArenaPath of(String action, String text) throws RealizeException {
    try {
      Optional<ArenaPath> found = isOfFileSystem(text) ? Optional.empty() : inArena(text);
      if (found.isEmpty()) {
        Path path = directory.resolve(text).normalize();
        found = inFileSystem(path);
        if (found.isEmpty() && path.getParent() != null) {
          found = inFileSystem(RealPaths.of(path.getParent()).resolve(path.getFileName()));
        }
      }
      return found.orElseThrow(() ->
          new NotFound(
              "%s '%s': no arena is there, and it is neither in the mount nor in a root%s"
                  .formatted(action, text, hint(text))));
    } catch (IllegalArgumentException e) {
      throw new Invalid("%s '%s'".formatted(action, text), e);
    }
  }

  /** The arena that may have been meant: a name has as many parts as it has. */
  private String hint(String text) {
    List<String> parts = List.of(text.split("/", -1));
    String hint = "";
    for (ArenaSettings arena : configuration.arenas()) {
      int count = arena.name().path().parts().size();
      if (hint.isEmpty() && count <= parts.size()) {
        hint =
            Nearest.hint(String.join("/", parts.subList(0, count)), List.of(arena.name().value()));
      }
    }
    return hint;
  }

  /** As {@link #of}, of each of {@code texts}. */
  List<ArenaPath> all(String action, List<String> texts) throws RealizeException {
    List<ArenaPath> paths = new ArrayList<>();
    for (String text : texts) {
      paths.add(of(action, text));
    }
    return paths;
  }

  /** As {@link #of}, of what is not a whole arena. */
  ArenaPath inside(String action, String text) throws RealizeException {
    ArenaPath path = of(action, text);
    if (path.path().isRoot()) {
      throw new Invalid("%s '%s': name a path in the arena".formatted(action, text));
    }
    return path;
  }

  private static boolean isOfFileSystem(String text) {
    return text.startsWith("/") || (text + "/").startsWith("./") || (text + "/").startsWith("../");
  }

  private Optional<ArenaPath> inArena(String text) {
    for (ArenaSettings arena : configuration.arenas()) {
      if ((text + "/").startsWith(arena.name() + "/")) {
        String inside = text.substring(Math.min(text.length(), arena.name().value().length() + 1));
        String path = inside.endsWith("/") ? inside.substring(0, inside.length() - 1) : inside;
        return Optional.of(new ArenaPath(arena.name(), RelativePath.of(path)));
      }
    }
    return Optional.empty();
  }

  private Optional<ArenaPath> inFileSystem(Path path) {
    Optional<Path> mount = configuration.node().mount().map(MountSettings::path);
    Optional<ArenaPath> found = mount.flatMap(at -> below(at, path)).flatMap(this::inArena);
    for (ArenaSettings arena : configuration.arenas()) {
      Optional<String> inside = arena.root().flatMap(root -> below(root, path));
      found = found.or(() -> inside.map(p -> new ArenaPath(arena.name(), RelativePath.of(p))));
    }
    return found;
  }

  /** The path of {@code path} in {@code directory}, which may be named through links. */
  private static Optional<String> below(Path directory, Path path) {
    return List.of(directory, RealPaths.of(directory)).stream()
        .filter(path::startsWith)
        .map(base -> base.relativize(path).toString())
        .findFirst();
  }
}
