package org.realize.nima.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.PeerName;

/**
 * The {@code [node]} table; paths are absolute.
 *
 * @param name what others may call this node
 * @param key PKCS#8 PEM of the node's private key
 * @param listen where to accept peers; empty on a deaf node
 * @param state directory of the store
 * @param mount absent when nothing is mounted
 * @param control Unix socket of the control API
 * @param dashboard where this machine's own programs may ask for figures; empty for nowhere
 * @param offlineWait the longest time that a read waits for the first dial of a peer that has the
 *     bytes; zero to wait for none
 * @param fetches what programs may have fetched by reading in the mount
 * @param notices who hears of what waits for a decision, and of what stands for long
 */
public record NodeSettings(
    PeerName name,
    Path key,
    List<HostPort> listen,
    Path state,
    Optional<MountSettings> mount,
    Path control,
    Optional<HostPort> dashboard,
    Duration offlineWait,
    FetchSettings fetches,
    NoticeSettings notices) {

  /** What {@link #offlineWait} is unless it is set, and at most: a read fails after a minute. */
  static final Duration USUAL_OFFLINE_WAIT = Duration.ofSeconds(5);

  static final Duration MAX_OFFLINE_WAIT = Duration.ofSeconds(30);

  public NodeSettings {
    listen = List.copyOf(listen);
  }
}
