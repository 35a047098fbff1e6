package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize peer disconnect}, through the running daemon. */
@Command(
    name = "disconnect",
    description = "Ends the connection to a peer until connect, or the daemon's next start.")
final class PeerDisconnectCommand extends NodeCommand {

  @Parameters(paramLabel = "NAME", description = "The peer.")
  private @Nullable PeerName name;

  PeerDisconnectCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    daemon().disconnect(Given.value(name));
    return ExitCode.OK;
  }
}
