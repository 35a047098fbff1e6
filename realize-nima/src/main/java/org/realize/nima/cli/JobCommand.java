package org.realize.nima.cli;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.JobOrder;
import org.realize.nima.control.JobOrder.JobAction;
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
    order("list jobs of", JobAction.LIST, paths, json);
  }

  @Command(
      description =
          "Retries at once what failed, waits for a peer or was cancelled, and lists what is left.")
  void retry(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    order("retry", JobAction.RETRY, paths, json);
  }

  @Command(
      description = {
        "Stops the work at paths, and below them, and lists what is left. It is done again when the"
            + " path or its mark changes, or by 'realize job retry'.",
        "What was downloaded stays. To do without files for good, mark them 'watch'."
      })
  void cancel(
      @Parameters(arity = "1..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          List<String> paths,
      @Option(names = "--json", description = "Print JSON.") boolean json)
      throws RealizeException, NotRunning {
    order("cancel jobs of", JobAction.CANCEL, paths, json);
  }

  @Command(
      description = {
        "Follows jobs as they begin, go on and end, until it is interrupted; the exit code is 20"
            + " then.",
        "Of very many at once only some are named, and the others counted."
      })
  ExitCode watch(
      @Parameters(arity = "0..*", paramLabel = "PATH", description = ArenaPaths.HELP)
          @Nullable List<String> paths,
      @Option(names = "--json", description = "Print one line of JSON for everything that happens.")
          boolean json)
      throws RealizeException, NotRunning, InterruptedException {
    List<String> texts = paths == null ? List.of() : paths;
    List<ArenaPath> watched = paths().all("watch jobs of", texts);
    ControlClient daemon = daemon();
    boolean isTerminal = realize().surroundings().terminal().getAsBoolean();
    JobReporter report = new JobReporter(json, isTerminal, out(), err());
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch end = realize().processEnd().onSignal(mine::interrupt)) {
      end.ended(ExitCode.INTERRUPTED.code());
      daemon.watchJobs(watched, report);
      return ExitCode.INTERRUPTED; // it ends by interruption only
    }
  }

  private void order(String action, JobAction effect, @Nullable List<String> paths, boolean json)
      throws RealizeException, NotRunning {
    List<String> texts = paths == null ? List.of() : paths;
    List<JobStatus> jobs = daemon().jobs(new JobOrder(effect, paths().all(action, texts)));
    if (json) {
      printJson(jobs);
    } else {
      Table table = new Table("STATE", "WORK", "SIZE", "PATH", "CAUSE");
      for (JobStatus job : jobs) {
        table.row(
            job.state().name().toLowerCase(Locale.ROOT),
            job.kind(),
            StatusReport.size(job.bytes()),
            Printable.line(new ArenaPath(job.arena(), job.path()).toString()),
            job.cause().isEmpty() ? "-" : job.cause());
      }
      table.print(out());
    }
    out().flush();
  }
}
