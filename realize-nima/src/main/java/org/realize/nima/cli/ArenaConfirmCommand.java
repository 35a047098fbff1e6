package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize arena confirm}: lets held changes through, by the running daemon. */
@Command(
    name = "confirm",
    description = "Lets an arena's held changes through, after you looked at them.")
final class ArenaConfirmCommand extends NodeCommand {

  @Parameters(paramLabel = "ARENA", description = "The arena.")
  private @Nullable ArenaName arena;

  ArenaConfirmCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    daemon().confirm(Given.value(arena));
    return ExitCode.OK;
  }
}
