package org.realize.nima.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code realize init}: makes a node's directory with its configuration and key. */
@Command(
    name = "init",
    description = "Makes a new node: DIR/realize.toml and DIR/node.key. Prints its public key.")
final class InitCommand extends NodeCommand implements Callable<ExitCode> {

  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "What others may call this node.")
  private @Nullable PeerName name;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT|off",
      description =
          "Where to accept peers; repeatable. Default: [::]:9771. off: the node only dials out.")
  private @Nullable List<String> listen;

  @Option(
      names = "--mount",
      paramLabel = "PATH",
      description = "Where to mount the household's files.")
  private @Nullable Path mount;

  @Override
  public ExitCode call() throws RealizeException {
    PeerName node = Objects.requireNonNull(name);
    Optional<Path> mountPath =
        Optional.ofNullable(mount).map(Path::toAbsolutePath).map(Path::normalize);
    List<HostPort> listeners = listeners(listen);
    NewNode made = NewNode.begin(directory(), node);
    made.create(node, listeners, mountPath);
    out().print(made.key().publicKey().pem());
    out().flush();
    return ExitCode.OK;
  }
}
