package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize arena adopt}: takes a root over from another store, by the running daemon. */
@Command(
    name = "adopt",
    description =
        "Takes over an arena's root in doubt. If another node still uses it, its arena is in doubt"
            + " from then on.")
final class ArenaAdoptCommand extends NodeCommand {

  @Parameters(paramLabel = "ARENA", description = "The arena.")
  private @Nullable ArenaName arena;

  @Option(names = "--yes", description = "You have made sure that no other node uses the root.")
  private boolean sure;

  ArenaAdoptCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    if (!sure) {
      throw new RealizeException.Invalid(
          "adopt %s: make sure that no other node uses its root, then add --yes".formatted(arena));
    }
    daemon().adopt(Given.value(arena));
    return ExitCode.OK;
  }
}
