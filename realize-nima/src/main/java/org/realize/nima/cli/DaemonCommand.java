package org.realize.nima.cli;

import java.util.concurrent.Callable;
import org.realize.nima.config.Configuration;
import org.realize.nima.control.StopSignal;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;

/**
 * {@code realize daemon}: the node itself, in the foreground. SIGTERM and Ctrl-C end it in order,
 * with exit code 0.
 */
@Command(
    name = "daemon",
    description =
        "Runs the node in the foreground. Prints 'ready' once it listens and the mount answers.")
final class DaemonCommand extends NodeCommand implements Callable<ExitCode> {

  @Override
  public ExitCode call() throws RealizeException, InterruptedException {
    Configuration configuration = configuration();
    StopSignal stop = new StopSignal();
    try (ProcessEnd.Watch watch = realize().processEnd().onSignal(stop::request)) {
      realize().runner().run(configuration, stop, this::sayReady);
      watch.ended(ExitCode.OK.code());
    }
    return ExitCode.OK;
  }

  private void sayReady() {
    out().println("ready");
    out().flush();
    try {
      ReadyNotice.send(realize().surroundings(), err());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
