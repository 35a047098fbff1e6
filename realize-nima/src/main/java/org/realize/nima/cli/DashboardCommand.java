package org.realize.nima.cli;

import java.util.concurrent.Callable;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;

/** The command {@code realize dashboard}. */
@Command(
    name = "dashboard",
    description = {
      "Prints a link to the node's page, which opens it in one browser, once, within five minutes."
          + " The browser is known from then on, for 30 days.",
      "The page needs 'dashboard' in [node] of realize.toml, as in 127.0.0.1:9772."
    })
final class DashboardCommand extends NodeCommand implements Callable<ExitCode> {

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    out().println(daemon().dashboardLink());
    out().flush();
    return ExitCode.OK;
  }
}
