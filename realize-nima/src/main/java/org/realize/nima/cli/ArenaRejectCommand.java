package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize arena reject}: keeps what is here against held changes, by the running daemon. */
@Command(
    name = "reject",
    description =
        "Keeps an arena's files as they are here, for all peers, against the changes that are"
            + " held.")
final class ArenaRejectCommand extends NodeCommand {

  @Parameters(paramLabel = "ARENA", description = "The arena.")
  private @Nullable ArenaName arena;

  ArenaRejectCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    daemon().reject(Given.value(arena));
    return ExitCode.OK;
  }
}
