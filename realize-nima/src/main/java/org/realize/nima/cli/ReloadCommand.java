package org.realize.nima.cli;

import java.util.concurrent.Callable;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;

/** {@code realize reload}: has the daemon take in an edit of the configuration. */
@Command(
    name = "reload",
    description = {
      "Has the daemon read realize.toml again, as SIGHUP does: peers and arenas begin, change and"
          + " end at once.",
      "Says which settings count only from the daemon's next start."
    })
final class ReloadCommand extends NodeCommand implements Callable<ExitCode> {

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    sayWaiting(daemon().reload());
    return ExitCode.OK;
  }
}
