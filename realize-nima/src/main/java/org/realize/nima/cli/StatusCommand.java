package org.realize.nima.cli;

import java.util.concurrent.Callable;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.HouseholdStatus;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code realize status}: what the running daemon is doing. */
@Command(
    name = "status",
    description =
        "Shows peers and arenas of the running daemon, and what is skipped, paused, held or"
            + " failed, and why.")
final class StatusCommand extends NodeCommand implements Callable<ExitCode> {

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    HouseholdStatus status = daemon().status();
    if (json) {
      out().println(ControlJson.print(status));
    } else {
      new StatusReport(status).print(out());
    }
    return ExitCode.OK;
  }
}
