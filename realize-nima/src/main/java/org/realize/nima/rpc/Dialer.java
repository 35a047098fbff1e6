package org.realize.nima.rpc;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.function.Predicate;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;

/**
 * The dialling side: it connects to a peer's addresses and verifies the peer's key. Thread-safe.
 */
final class Dialer {

  /** What peers agree to speak (ALPN, RFC 7301). */
  static final String APPLICATION_PROTOCOL = "realize/1";

  private static final Duration TIMEOUT = Duration.ofSeconds(15);

  private final PeerTls tls;
  private final Resolver resolver;
  private final String applicationProtocol;

  /** {@code applicationProtocol} is what both sides must agree to speak. */
  Dialer(PeerTls tls, Resolver resolver, String applicationProtocol) {
    this.tls = tls;
    this.resolver = resolver;
    this.applicationProtocol = applicationProtocol;
  }

  /** The first connection to any of {@code hosts} whose other end proves a key that is wanted. */
  TlsWire dial(List<HostPort> hosts, Predicate<PeerKey> wanted)
      throws IOException, InterruptedException {
    var race =
        new HappyEyeballs<>(
            resolver,
            address -> connect(address, wanted),
            TlsWire::abort,
            HappyEyeballs.ATTEMPT_DELAY);
    return race.run(hosts, TIMEOUT);
  }

  private TlsWire connect(InetSocketAddress address, Predicate<PeerKey> wanted) throws IOException {
    SocketChannel channel = SocketChannel.open();
    boolean proven = false;
    try {
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
      channel.connect(address);
      String name =
          new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
      TlsWire wire = new TlsWire(channel, tls.diallingEngine(applicationProtocol), name);
      wire.handshake();
      check(wire, wanted);
      proven = true;
      return wire;
    } finally {
      if (!proven) {
        channel.close();
      }
    }
  }

  private void check(TlsWire wire, Predicate<PeerKey> wanted) throws IOException {
    PeerKey proven =
        wire.provenKey().orElseThrow(() -> new IOException("the other side proved no key"));
    if (!wanted.test(proven)) {
      throw new IOException("another peer listens there, key " + proven.fingerprint());
    }
    if (!wire.applicationProtocol().equals(applicationProtocol)) {
      throw new IOException("the other side does not speak " + applicationProtocol);
    }
  }
}
