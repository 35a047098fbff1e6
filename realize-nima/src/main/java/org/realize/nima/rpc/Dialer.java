package org.realize.nima.rpc;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;

/**
 * The dialling side: it connects to a peer's addresses and verifies the peer's key. Thread-safe.
 */
final class Dialer {

  /** What both sides must agree to speak (ALPN, RFC 7301). */
  static final String APPLICATION_PROTOCOL = "realize/1";

  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private final PeerTls tls;
  private final Resolver resolver;

  Dialer(PeerTls tls, Resolver resolver) {
    this.tls = tls;
    this.resolver = resolver;
  }

  /** The first connection to any of {@code hosts} whose other end proves {@code key}. */
  TlsWire dial(List<HostPort> hosts, PeerKey key) throws IOException, InterruptedException {
    var race =
        new HappyEyeballs<>(
            resolver,
            address -> connect(address, key),
            TlsWire::abort,
            HappyEyeballs.ATTEMPT_DELAY);
    return race.run(hosts, TIMEOUT);
  }

  private TlsWire connect(InetSocketAddress address, PeerKey key) throws IOException {
    SocketChannel channel = SocketChannel.open();
    boolean proven = false;
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.connect(address);
      String name =
          new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
      TlsWire wire = new TlsWire(channel, tls.diallingEngine(APPLICATION_PROTOCOL), name);
      wire.handshake();
      check(wire, key);
      proven = true;
      return wire;
    } finally {
      if (!proven) {
        channel.close();
      }
    }
  }

  private static void check(TlsWire wire, PeerKey key) throws IOException {
    PeerKey proven =
        wire.provenKey().orElseThrow(() -> new IOException("the other side proved no key"));
    if (!proven.equals(key)) {
      throw new IOException("another peer listens there, key " + proven.fingerprint());
    }
    if (!wire.applicationProtocol().equals(APPLICATION_PROTOCOL)) {
      throw new IOException("the other side does not speak " + APPLICATION_PROTOCOL);
    }
  }
}
