package org.realize.nima.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.control.ControlClient;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command about one node: it knows the node's directory, configuration and daemon. */
@Command
abstract class NodeCommand {

  @Spec private @Nullable CommandSpec spec;

  final CommandSpec spec() {
    return Objects.requireNonNull(spec, "spec");
  }

  final Realize realize() {
    return (Realize) spec().root().userObject();
  }

  final Path directory() {
    return realize().directory();
  }

  final ConfigurationFile configurationFile() {
    return ConfigurationFile.in(directory());
  }

  final Configuration configuration() throws RealizeException {
    return configurationFile().read();
  }

  /** The paths of arenas, as a user of this command may write them. */
  final ArenaPaths paths() throws RealizeException {
    return new ArenaPaths(configuration(), realize().surroundings().directory());
  }

  /** The running daemon. */
  final ControlClient daemon() throws RealizeException, NotRunning {
    Path socket = configuration().node().control();
    return ControlClient.open(socket).orElseThrow(() -> new NotRunning(socket));
  }

  /** The running daemon, if there is one. */
  final Optional<ControlClient> daemonIfRunning() throws RealizeException {
    return ControlClient.open(configuration().node().control());
  }

  /** Long work of the daemon. */
  interface FollowedWork {
    void run(CacheReporter report) throws RealizeException, InterruptedException;
  }

  /** Shows what long work of the daemon does; the work ends with this process. */
  final ExitCode follow(boolean json, FollowedWork work)
      throws RealizeException, InterruptedException {
    CacheReporter report =
        new CacheReporter(json, realize().surroundings().terminal().getAsBoolean(), out(), err());
    Thread mine = Thread.currentThread();
    try (ProcessEnd.Watch watch = realize().processEnd().onSignal(mine::interrupt)) {
      watch.ended(ExitCode.INTERRUPTED.code());
      work.run(report);
      ExitCode code = report.end();
      watch.ended(code.code());
      return code;
    }
  }

  final PrintWriter out() {
    return spec().commandLine().getOut();
  }

  final PrintWriter err() {
    return spec().commandLine().getErr();
  }
}
