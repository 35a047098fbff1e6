package org.realize.nima.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize arena add}: takes part in a shared tree of files. */
@Command(
    name = "add",
    description = "Takes part in an arena. A running daemon learns of it at its next start.")
final class ArenaAddCommand extends NodeCommand {

  @Parameters(
      paramLabel = "NAME",
      description = "The arena's name, the same on every peer; also its directory in the mount.")
  private @Nullable ArenaName name;

  @Option(
      names = "--root",
      paramLabel = "PATH",
      description = "The directory with this node's real files of the arena.")
  private @Nullable Path root;

  @Option(
      names = "--mark",
      paramLabel = "watch|keep|own",
      description = "How much is really kept here. Default: own with a root, else watch.")
  private @Nullable Mark mark;

  ArenaAddCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException {
    ArenaName arena = Given.value(name);
    Optional<Path> absoluteRoot =
        Optional.ofNullable(root).map(Path::toAbsolutePath).map(Path::normalize);
    if (absoluteRoot.isPresent() && !Files.isDirectory(absoluteRoot.get())) {
      throw new RealizeException.NotADirectory(
          "add arena " + arena + ": root " + absoluteRoot.get() + " is no directory");
    }
    configurationFile().addArena(arena, absoluteRoot, Optional.ofNullable(mark));
    return ExitCode.OK;
  }
}
