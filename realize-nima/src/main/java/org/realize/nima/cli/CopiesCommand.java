package org.realize.nima.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CopyQuery;
import org.realize.nima.control.CopyReport;
import org.realize.nima.control.CopyReport.FileCopies;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize copies}. */
@Command(
    name = "copies",
    description = {
      "Shows who has all bytes of files: this node, and peers that keep them by a mark.",
      "With --at-risk only files that no other peer is known to hold: what this disk's end would"
          + " lose. Exit code 3 if there are any."
    })
final class CopiesCommand extends NodeCommand implements Callable<ExitCode> {

  @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
  private List<String> paths = List.of();

  @Option(names = "--at-risk", description = "Only files that no other peer is known to hold.")
  private boolean atRisk;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException, NotRunning {
    CopyQuery query = new CopyQuery(paths().all("count copies of", paths), atRisk);
    CopyReport report = daemon().copies(query);
    if (json) {
      printJson(report.files());
    } else {
      Table table = new Table("COPIES", "SIZE", "HELD BY", "PATH");
      for (FileCopies file : report.files()) {
        table.row(
            Integer.toString(file.holders().size()),
            StatusReport.size(file.bytes()),
            file.holders().isEmpty() ? "-" : String.join(", ", file.holders()),
            Printable.line(new ArenaPath(file.arena(), file.path()).toString()));
      }
      table.print(out());
      out().printf("%,d files, %s%n", report.count(), StatusReport.size(report.bytes()));
    }
    out().flush();
    return atRisk && report.count() > 0 ? ExitCode.FOUND : ExitCode.OK;
  }
}
