package org.realize.nima.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.realize.nima.control.ControlClient;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code realize stop}: ends the daemon and waits until its process is gone. */
@Command(name = "stop", description = "Ends the daemon and waits until it has ended.")
final class StopCommand extends NodeCommand implements Callable<ExitCode> {

  private static final Duration POLL = Duration.ofMillis(20);

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "How long to wait; exit code 11 after it. Default: ${DEFAULT-VALUE}.")
  private int timeoutSeconds;

  @Override
  public ExitCode call() throws RealizeException, NotRunning, InterruptedException {
    ControlClient daemon = daemon();
    long pid = daemon.status().pid();
    daemon.stop();
    long deadlineNanos = System.nanoTime() + Duration.ofSeconds(timeoutSeconds).toNanos();
    while (lives(pid)) {
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new RealizeException.TimedOut(
            "stop: the daemon, process %d, has not ended within %d s"
                .formatted(pid, timeoutSeconds));
      }
      Thread.sleep(POLL);
    }
    return ExitCode.OK;
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
