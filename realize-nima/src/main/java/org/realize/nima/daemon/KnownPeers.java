package org.realize.nima.daemon;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.PeerSettings;
import org.realize.nima.rpc.PeerBook;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;

/** The peers that the configuration trusts, as of its last reading. Thread-safe. */
final class KnownPeers implements PeerBook {

  private final Path file;
  private volatile List<PeerSettings> peers;

  KnownPeers(Configuration configuration) {
    this.file = configuration.file();
    this.peers = configuration.peers();
  }

  @Override
  public List<PeerSettings> peers() {
    return peers;
  }

  /** What this node calls them. */
  List<PeerName> names() {
    return peers.stream().map(PeerSettings::name).toList();
  }

  /** Reads the file again; keeps what is known if it cannot be read or is not valid. */
  void reload() throws RealizeException {
    Path directory = Objects.requireNonNull(file.getParent(), "directory of the configuration");
    peers = ConfigurationFile.in(directory).read().peers();
  }
}
