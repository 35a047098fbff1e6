package org.realize.nima.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.control.ControlClient;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A command about one node: it knows the node's directory, configuration and daemon. */
abstract class NodeCommand implements Callable<Integer> {

  private final Surroundings surroundings;

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The node's directory. Default: $$REALIZE_HOME, else ~/.config/realize.")
  private @Nullable Path directory;

  @Spec private @Nullable CommandSpec spec;

  NodeCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  /** Does what the command is for. */
  abstract ExitCode run() throws Exception;

  @Override
  public final Integer call() throws Exception {
    return run().code();
  }

  final Surroundings surroundings() {
    return surroundings;
  }

  final Path directory() {
    Path chosen = directory == null ? surroundings.defaultDirectory() : directory;
    return chosen.toAbsolutePath().normalize();
  }

  final ConfigurationFile configurationFile() {
    return ConfigurationFile.in(directory());
  }

  final Configuration configuration() throws RealizeException {
    return configurationFile().read();
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

  /** Tells the daemon, if one runs, that the configuration's peers have changed. */
  final void peersChanged() throws RealizeException {
    Optional<ControlClient> running = daemonIfRunning();
    if (running.isPresent()) {
      running.get().reloadPeers();
    }
  }

  final PrintWriter out() {
    return Objects.requireNonNull(spec, "spec").commandLine().getOut();
  }

  final PrintWriter err() {
    return Objects.requireNonNull(spec, "spec").commandLine().getErr();
  }
}
