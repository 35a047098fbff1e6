package org.realize.nima.daemon;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.realize.nima.config.Configuration;
import org.realize.nima.config.ConfigurationFile;
import org.realize.nima.config.NodeSettings;
import org.realize.nima.config.NoticeSettings;
import org.realize.nima.config.StoreSettings;
import org.realize.nima.rpc.PeerConnections;
import org.realize.sync.model.RealizeException;

/**
 * The configuration of the running daemon. {@link #reload} brings peers and arenas to what the file
 * says then; {@code [node]} and {@code [store]} are those of the daemon's start. Thread-safe.
 */
final class LiveConfiguration {

  private final Configuration started;
  private final KnownPeers peers;
  private final OpenArenas arenas;
  private final Feeds feeds;
  private final PeerConnections connections;
  private volatile Configuration latest;

  LiveConfiguration(
      Configuration started,
      KnownPeers peers,
      OpenArenas arenas,
      Feeds feeds,
      PeerConnections connections) {
    this.started = started;
    this.peers = peers;
    this.arenas = arenas;
    this.feeds = feeds;
    this.connections = connections;
    latest = started;
  }

  /** The configuration as last read. */
  Configuration latest() {
    return latest;
  }

  /**
   * Reads the file again and applies it. Nothing changes if it cannot be read or is not valid; an
   * arena that cannot begin fails the call after all else was done.
   *
   * @return the settings that differ from those of the daemon's start and count from the next one
   */
  List<String> reload() throws RealizeException, InterruptedException {
    Configuration read = reloadPeers();
    arenas.apply(read.arenas());
    return waiting(read);
  }

  /** As {@link #reload}, of peers only. */
  Configuration reloadPeers() throws RealizeException {
    Path directory =
        Objects.requireNonNull(started.file().getParent(), "directory of the configuration");
    Configuration read = ConfigurationFile.in(directory).read();
    latest = read;
    peers.become(read);
    connections.reload();
    feeds.refresh();
    return read;
  }

  private List<String> waiting(Configuration read) {
    NodeSettings node = started.node();
    StoreSettings store = started.store();
    List<String> keys = new ArrayList<>();
    add(keys, "[node] name", node.name(), read.node().name());
    add(keys, "[node] key", node.key(), read.node().key());
    add(keys, "[node] listen", node.listen(), read.node().listen());
    add(keys, "[node] state", node.state(), read.node().state());
    add(keys, "[node] mount", node.mount(), read.node().mount());
    add(keys, "[node] control", node.control(), read.node().control());
    add(keys, "[node] dashboard", node.dashboard(), read.node().dashboard());
    NoticeSettings notices = node.notices();
    NoticeSettings now = read.node().notices();
    add(keys, "[node] notices", notices.program(), now.program());
    add(keys, "[node] webhook", notices.webhook(), now.webhook());
    add(keys, "[notices]", notices.standing(), now.standing());
    add(keys, "[store]", store, read.store());
    return keys;
  }

  private static void add(List<String> keys, String key, Object before, Object now) {
    if (!before.equals(now)) {
      keys.add(key);
    }
  }
}
