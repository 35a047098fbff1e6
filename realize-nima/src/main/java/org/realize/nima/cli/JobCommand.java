package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.JobOrder;
import org.realize.nima.control.JobStatus;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The commands {@code realize job …}. */
@Command(name = "job", description = "What is left to do so that files are as the marks ask for.")
final class JobCommand extends NodeCommand {

  @Command(description = "Lists the paths that are not as their marks ask for, and why.")
  void list(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    order("list jobs of", paths, false, json);
  }

  @Command(description = "Retries at once what failed or waits for a peer, and lists what is left.")
  void retry(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    order("retry", paths, true, json);
  }

  private void order(String action, @Nullable List<String> paths, boolean retry, boolean json)
      throws RealizeException, NotRunning {
    List<String> texts = paths == null ? List.of() : paths;
    List<JobStatus> jobs = daemon().jobs(new JobOrder(paths().all(action, texts), retry));
    if (json) {
      out().println(ControlJson.print(jobs));
    } else {
      Table table = new Table("STATE", "WORK", "SIZE", "PATH", "CAUSE");
      for (JobStatus job : jobs) {
        table.row(
            job.state().name().toLowerCase(Locale.ROOT),
            job.kind(),
            StatusReport.size(job.bytes()),
            StatusReport.printable(new ArenaPath(job.arena(), job.path()).toString()),
            job.cause().isEmpty() ? "-" : job.cause());
      }
      table.print(out());
    }
    out().flush();
  }
}
