package org.realize.nima.cli;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code realize peer remove}: trusts a key no more. */
@Command(
    name = "remove",
    description = "Trusts a peer no more. A running daemon ends its connection at once.")
final class PeerRemoveCommand extends NodeCommand {

  @Parameters(paramLabel = "NAME", description = "The peer.")
  private @Nullable PeerName name;

  PeerRemoveCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException {
    configurationFile().removePeer(Given.value(name));
    peersChanged();
    return ExitCode.OK;
  }
}
