package org.realize.nima.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.PeerKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code realize peer add}: trusts another node's key. */
@Command(
    name = "add",
    description = "Trusts a peer by its public key. A running daemon learns of it at once.")
final class PeerAddCommand extends NodeCommand {

  private static final int MAX_PEM_BYTES = 64 * 1024;

  @Parameters(paramLabel = "NAME", description = "What this node shall call the peer.")
  private @Nullable PeerName name;

  @Option(
      names = "--pubkey",
      required = true,
      paramLabel = "FILE",
      description = "The peer's public key as PEM, as its init printed it; - reads standard input.")
  private @Nullable String publicKey;

  @Option(
      names = "--address",
      paramLabel = "HOST:PORT",
      description = "Where the peer listens; repeatable. Without it only the peer can dial.")
  private List<HostPort> addresses = List.of();

  @Option(
      names = "--write",
      paramLabel = "ARENA",
      description =
          "An arena whose files the peer may move to this node and away from it; repeatable.")
  private List<ArenaName> write = List.of();

  PeerAddCommand(Surroundings surroundings) {
    super(surroundings);
  }

  @Override
  ExitCode run() throws RealizeException {
    PeerName peer = Given.value(name);
    String action = "add peer " + peer;
    PeerKey key;
    try {
      key = PeerKey.ofPem(pem(action, Given.value(publicKey)));
    } catch (RealizeException.Invalid e) {
      throw new RealizeException.Invalid(action + ": " + publicKey, e);
    }
    configurationFile().addPeer(peer, key, addresses, write);
    peersChanged();
    return ExitCode.OK;
  }

  private String pem(String action, String source) throws RealizeException {
    try (InputStream input =
        source.equals("-") ? surroundings().input() : Files.newInputStream(Path.of(source))) {
      return new String(input.readNBytes(MAX_PEM_BYTES), StandardCharsets.UTF_8);
    } catch (NoSuchFileException e) {
      throw new RealizeException.NotFound(action + ": public key " + source + ": no such file");
    } catch (IOException e) {
      throw new RealizeException.StorageFailed(action + ": read public key " + source, e);
    }
  }
}
