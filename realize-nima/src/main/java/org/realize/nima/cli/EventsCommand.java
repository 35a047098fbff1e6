package org.realize.nima.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.ProgramFetch;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The command {@code realize events}. */
@Command(
    name = "events",
    description = {
      "Lists what began, ended or happened on this node since the daemon's start, some thousand"
          + " events at most, each with its id.",
      "An event 'gap' says that others before it are not kept."
    })
final class EventsCommand extends NodeCommand implements Callable<ExitCode> {

  @Option(
      names = "--since",
      paramLabel = "ID",
      description = "List only events after the one with this id, also of an earlier daemon.")
  private @Nullable Long since;

  @Option(
      names = "--follow",
      description = "Go on with what happens, until Ctrl-C; the exit code is 20 then.")
  private boolean follow;

  @Option(
      names = "--programs",
      description =
          "List which programs had which files fetched by reading them in the mount, the last one"
              + " at the end. Of each file it says what its reads returned that had to wait for a"
              + " peer.")
  private boolean programs;

  @Option(
      names = "--json",
      description = "Print one line of JSON for each event; of programs one list.")
  private boolean json;

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    if (programs) {
      if (follow || since != null) {
        throw new ParameterException(
            spec().commandLine(), "--programs goes with neither --since nor --follow");
      }
      printPrograms(daemon().fetches());
      return ExitCode.OK;
    }
    ControlClient daemon = daemon();
    if (!follow) {
      print(daemon, 0);
      return ExitCode.OK;
    }
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch end = realize().processEnd().onSignal(mine::interrupt)) {
      end.ended(ExitCode.INTERRUPTED.code());
      while (true) {
        print(daemon, EventQuery.MAX_WAIT_SECONDS);
      }
    }
  }

  /** Prints the events after {@code since} up to the present, and remembers the last one. */
  private void print(ControlClient daemon, int waitSeconds)
      throws RealizeException, InterruptedException {
    EventPage page = daemon.events(new EventQuery(since, waitSeconds));
    while (!page.events().isEmpty()) {
      page.events().forEach(this::print);
      since = page.last();
      page = daemon.events(new EventQuery(since, 0));
    }
    since = page.last();
  }

  private void print(NodeEvent event) {
    if (json) {
      PrintWriter plain = spec().commandLine().getOut();
      plain.println(ControlJson.line(event));
      plain.flush();
    } else {
      PrintWriter lines = out();
      lines.println(
          "%d  %s  %s"
              .formatted(
                  event.id(), StatusReport.time(event.time()), Printable.line(event.line())));
      lines.flush();
    }
  }

  private void printPrograms(List<ProgramFetch> fetches) {
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
  }
}
