package org.realize.nima.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.realize.nima.control.ProgramFetch;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The command {@code realize events}. */
@Command(
    name = "events",
    description = {
      "Lists which programs had which files fetched by reading them in the mount, since the"
          + " daemon's start, the last one at the end.",
      "Of each file it says what its reads returned that had to wait for a peer."
    })
final class EventsCommand extends NodeCommand implements Callable<ExitCode> {

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    List<ProgramFetch> fetches = daemon().fetches();
    if (json) {
      printJson(fetches);
    } else {
      Table table = new Table("PROGRAM", "FETCHED", "LAST", "FILE");
      for (ProgramFetch fetch : fetches) {
        table.row(
            Printable.line(fetch.program()),
            StatusReport.size(fetch.bytes()),
            fetch.last().toString(),
            Printable.line(fetch.path()));
      }
      table.print(out());
    }
    out().flush();
    return ExitCode.OK;
  }
}
