package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize arena confirm}: ends what waits for the user's word, by the running daemon. */
@Command(
    name = "confirm",
    description =
        "Lets an arena's held changes through and accepts its root, or with PATH a place in it,"
            + " as it is, after you looked at them.")
final class ArenaConfirmCommand extends NodeCommand {

  @Parameters(index = "0", paramLabel = "ARENA", description = "The arena.")
  private @Nullable ArenaName arena;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "PATH",
      description = "A directory of the arena that is in doubt. Default: the root.")
  private String path = "";

  ArenaConfirmCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    try {
      daemon().confirm(Given.value(arena), RelativePath.of(path));
    } catch (IllegalArgumentException e) {
      throw new RealizeException.Invalid("confirm " + path, e);
    }
    return ExitCode.OK;
  }
}
