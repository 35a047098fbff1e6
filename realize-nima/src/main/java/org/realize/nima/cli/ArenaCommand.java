package org.realize.nima.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize arena …}. */
@Command(
    name = "arena",
    description = "The shared trees of files that this node takes part in.",
    subcommands = ArenaListCommand.class)
final class ArenaCommand extends NodeCommand {

  @Command(description = "Takes part in an arena. A running daemon learns of it at its next start.")
  void add(
      @Parameters(
              paramLabel = "NAME",
              description =
                  "The arena's name, the same on every peer; also its directory in the mount.")
          ArenaName name,
      @Option(
              names = "--root",
              paramLabel = "PATH",
              description = "The directory with this node's real files of the arena.")
          @Nullable Path root,
      @Option(
              names = "--mark",
              paramLabel = "watch|keep|own",
              description = "How much is really kept here. Default: own with a root, else watch.")
          @Nullable Mark mark)
      throws RealizeException {
    Optional<Path> absoluteRoot =
        Optional.ofNullable(root).map(Path::toAbsolutePath).map(Path::normalize);
    if (absoluteRoot.isPresent() && !Files.isDirectory(absoluteRoot.get())) {
      throw new RealizeException.NotADirectory(
          "add arena " + name + ": root " + absoluteRoot.get() + " is no directory");
    }
    configurationFile().addArena(name, absoluteRoot, Optional.ofNullable(mark));
  }

  @Command(
      description =
          "Lets an arena's held changes through and accepts its root, or with PATH a place in it,"
              + " as it is, after you looked at them.")
  void confirm(
      @Parameters(paramLabel = "ARENA", description = "The arena.") ArenaName arena,
      @Parameters(
              arity = "0..1",
              defaultValue = "",
              paramLabel = "PATH",
              description = "A directory of the arena that is in doubt. Default: the root.")
          String path)
      throws RealizeException, NotRunning {
    try {
      daemon().confirm(arena, RelativePath.of(path));
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("confirm " + path, e);
    }
  }

  @Command(
      description =
          "Takes over an arena's root in doubt. If another node still uses it, its arena is in"
              + " doubt from then on.")
  void adopt(
      @Parameters(paramLabel = "ARENA", description = "The arena.") ArenaName arena,
      @Option(names = "--yes", description = "You have made sure that no other node uses the root.")
          boolean sure)
      throws RealizeException, NotRunning {
    if (!sure) {
      throw new RealizeException.Invalid(
          "adopt %s: make sure that no other node uses its root, then add --yes".formatted(arena));
    }
    daemon().adopt(arena);
  }

  @Command(
      description =
          "Keeps an arena's files as they are here, for all peers, against the changes that are"
              + " held.")
  void reject(@Parameters(paramLabel = "ARENA", description = "The arena.") ArenaName arena)
      throws RealizeException, NotRunning {
    daemon().reject(arena);
  }

  @Command(
      description =
          "Withdraws this node's entry of a path from what it tells peers. Frees no bytes.")
  void forget(@Parameters(paramLabel = "PATH", description = ArenaPaths.HELP) String path)
      throws RealizeException, NotRunning {
    ArenaPath wanted = paths().inside("forget", path);
    daemon().forget(wanted.arena(), wanted.path());
  }
}
