package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize arena forget}: withdraws what we announced of a path, by the running daemon. */
@Command(
    name = "forget",
    description = "Withdraws this node's entry of a path from what it tells peers. Frees no bytes.")
final class ArenaForgetCommand extends NodeCommand {

  @Parameters(
      paramLabel = "ARENA/PATH",
      description = "The path as below the mount: the arena's name, then the path in it.")
  private @Nullable String path;

  ArenaForgetCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    ArenaPath wanted = ArenaPath.of("forget", Given.value(path), configuration().arenas());
    daemon().forget(wanted.arena(), wanted.path());
    return ExitCode.OK;
  }
}
