package org.realize.nima.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.realize.nima.control.ControlClient;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.CopyQuery;
import org.realize.nima.control.CopyReport;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.PeerStatus;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code realize stop}: ends the daemon and waits until its process is gone. */
@Command(
    name = "stop",
    description = {
      "Ends the daemon and waits until it has ended.",
      "With --wait it first waits until arenas are in sync, and other nodes hold all files that are"
          + " only here. What no connected peer takes keeps the daemon running: exit code 3."
    })
final class StopCommand extends NodeCommand implements Callable<ExitCode> {

  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration BEAT = Duration.ofSeconds(1);

  /** Beats without a byte that is handed over, after which nothing more is waited for. */
  private static final int MOST_IDLE_BEATS = 30;

  /**
   * The end of the command.
   *
   * @param stopped false if the daemon goes on, since not all could be handed over
   */
  record StopReport(boolean stopped, long onlyHereFiles, long onlyHereBytes) {}

  @Option(names = "--wait", description = "Hand over what is only here first.")
  private boolean wait;

  @Option(names = "--json", description = "Print JSON.")
  private boolean json;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait; exit code 11 after it. Default: ${DEFAULT-VALUE}.")
  private int timeoutSeconds;

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    ControlClient daemon = daemon();
    if (wait) {
      CopyReport left = handOver(daemon);
      if (left.onlyHere() > 0) {
        report(false, left);
        return ExitCode.FOUND;
      }
    }
    long pid = daemon.status().pid();
    daemon.stop();
    awaitEnd(pid);
    report(true, new CopyReport(0, 0, 0, 0, List.of()));
    return ExitCode.OK;
  }

  private void report(boolean stopped, CopyReport left) {
    if (json) {
      out()
          .println(
              ControlJson.line(new StopReport(stopped, left.onlyHere(), left.onlyHereBytes())));
    } else if (!stopped) {
      out()
          .printf(
              "%,d files, %s, are only here and no connected peer takes them: see 'realize copies"
                  + " --at-risk'; the daemon goes on, 'realize stop' ends it%n",
              left.onlyHere(), StatusReport.size(left.onlyHereBytes()));
    }
    out().flush();
  }

  /** Waits until other nodes hold what is only here; returns what is left of it. */
  private CopyReport handOver(ControlClient daemon) throws RealizeException, InterruptedException {
    MovingLine line = new MovingLine(out());
    boolean isShown = !json && realize().surroundings().terminal().getAsBoolean();
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch watch = realize().processEnd().onSignal(mine::interrupt)) {
      watch.ended(ExitCode.INTERRUPTED.code());
      daemon.sync(List.of(), _ -> {});
      CopyReport left = daemon.copies(new CopyQuery(List.of(), true));
      long served = -1;
      for (int idle = 0; left.onlyHere() > 0 && idle < MOST_IDLE_BEATS; idle++) {
        if (isShown) {
          line.show(
              "%,d files, %s, are only here"
                  .formatted(left.onlyHere(), StatusReport.size(left.onlyHereBytes())));
        }
        HouseholdStatus status = daemon.status();
        if (status.peers().stream().noneMatch(PeerStatus::connected)) {
          break;
        }
        Thread.sleep(BEAT);
        CopyReport now = daemon.copies(new CopyQuery(List.of(), true));
        boolean isMoving = now.onlyHere() != left.onlyHere() || status.servedBytes() != served;
        idle = isMoving ? 0 : idle;
        served = status.servedBytes();
        left = now;
      }
      line.clear();
      watch.ended(left.onlyHere() > 0 ? ExitCode.FOUND.code() : ExitCode.OK.code());
      return left;
    }
  }

  private void awaitEnd(long pid) throws RealizeException, InterruptedException {
    long deadlineNanos = System.nanoTime() + Duration.ofSeconds(timeoutSeconds).toNanos();
    while (lives(pid)) {
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new RealizeException.TimedOut(
            "stop: the daemon, process %d, has not ended within %d s"
                .formatted(pid, timeoutSeconds));
      }
      Thread.sleep(POLL);
    }
  }

  /** A zombie has ended, whether or not its parent has looked. */
  private static boolean lives(long pid) {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    if (process.isEmpty() || !process.get().isAlive()) {
      return false;
    }
    try {
      String stat =
          Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
      String state = stat.substring(stat.lastIndexOf(')') + 1).strip();
      return !state.startsWith("Z") && !state.startsWith("X");
    } catch (IOException e) {
      return false;
    }
  }
}
