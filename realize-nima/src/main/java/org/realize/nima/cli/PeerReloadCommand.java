package org.realize.nima.cli;

import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;

/** {@code realize peer reload}, through the running daemon. */
@Command(
    name = "reload",
    description = "Has the daemon read the configuration's peers again, with their limits.")
final class PeerReloadCommand extends NodeCommand {

  PeerReloadCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    daemon().reloadPeers();
    return ExitCode.OK;
  }
}
