package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize peer connect}, through the running daemon. */
@Command(
    name = "connect",
    description = "Dials a peer now, and again whenever the connection ends.")
final class PeerConnectCommand extends NodeCommand {

  @Parameters(paramLabel = "NAME", description = "The peer.")
  private @Nullable PeerName name;

  PeerConnectCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException, NotRunning {
    daemon().connect(Given.value(name));
    return ExitCode.OK;
  }
}
