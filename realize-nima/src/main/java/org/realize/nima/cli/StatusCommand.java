package org.realize.nima.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.realize.nima.config.ByteSize;
import org.realize.nima.control.ControlClient;
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

  private static final Duration BEAT = Duration.ofSeconds(2);

  /** Clears a terminal. */
  private static final String CLEAR = "\u001b[H\u001b[2J\u001b[3J";

  @Option(names = "--json", description = "Print JSON; with --watch, one line each time.")
  private boolean json;

  @Option(
      names = "--watch",
      description = "Show it again every 2 s, with the rates between, until Ctrl-C.")
  private boolean watch;

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    ControlClient daemon = daemon();
    HouseholdStatus status = daemon.status();
    if (!watch) {
      show(status);
      return ExitCode.OK;
    }
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch end = realize().processEnd().onSignal(mine::interrupt)) {
      end.ended(ExitCode.OK.code());
      follow(daemon, status);
    } catch (InterruptedException e) {
      return ExitCode.OK; // it has no other end
    }
    return ExitCode.OK;
  }

  private void show(HouseholdStatus status) {
    if (json) {
      printJson(status);
    } else {
      new StatusReport(status).print(out());
    }
  }

  private void follow(ControlClient daemon, HouseholdStatus first)
      throws RealizeException, InterruptedException {
    boolean isTerminal = realize().surroundings().terminal().getAsBoolean();
    HouseholdStatus before = first;
    HouseholdStatus now = first;
    for (boolean isFirst = true; true; isFirst = false) {
      if (json) {
        out().println(ControlJson.line(now));
      } else {
        StringWriter text = new StringWriter();
        PrintWriter lines = Printable.lines(new PrintWriter(text));
        new StatusReport(now).print(lines);
        lines.println(isFirst ? "" : rates(before, now));
        lines.flush();
        PrintWriter plain = spec().commandLine().getOut();
        plain.print((isTerminal ? CLEAR : "") + text);
        plain.flush();
      }
      before = now;
      Thread.sleep(BEAT);
      now = daemon.status();
    }
  }

  private static String rates(HouseholdStatus before, HouseholdStatus now) {
    long fetched = fetched(now) - fetched(before);
    long served = now.servedBytes() - before.servedBytes();
    long seconds = BEAT.toSeconds();
    return "fetching %s/s, serving %s/s"
        .formatted(
            new ByteSize(Math.max(0, fetched / seconds)),
            new ByteSize(Math.max(0, served / seconds)));
  }

  private static long fetched(HouseholdStatus status) {
    return status.arenas().stream().mapToLong(arena -> arena.transfers().fetchedBytes()).sum();
  }
}
