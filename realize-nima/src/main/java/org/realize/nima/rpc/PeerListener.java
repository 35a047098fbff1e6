package org.realize.nima.rpc;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.tls.Tls;
import io.helidon.common.tls.TlsClientAuth;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.PeerTls;
import org.realize.sync.model.RealizeException;

/**
 * One address on which peers may dial us: Helidon's listener with nothing but {@code realize/1} and
 * {@code realize-join/1} after it. It keeps Helidon's NIO mode, because the other one ignores the
 * parameters that demand a client key.
 */
final class PeerListener {

  /** Connections at once, greeted or not; further ones wait to be accepted. */
  private static final int MAX_CONNECTIONS = 256;

  private final HostPort address;
  private final WebServer server;

  /** {@code acceptor} serves a connection, on a thread of its own, until it ends. */
  PeerListener(HostPort address, PeerTls tls, Consumer<ListenerWire> acceptor) {
    this.address = address;
    this.server =
        WebServer.builder()
            .bindAddress(new InetSocketAddress(address.host(), address.port()))
            .useNio(true)
            .shutdownHook(false)
            .protocolsDiscoverServices(false)
            .addConnectionSelector(new Selector(acceptor))
            .maxTcpConnections(MAX_CONNECTIONS)
            .shutdownGracePeriod(Duration.ofMillis(500))
            .connectionOptions(options -> options.tcpNoDelay(true).socketKeepAlive(true))
            .tls(
                Tls.builder()
                    .sslContext(tls.context())
                    .sslParameters(tls.listenerParameters())
                    .clientAuth(TlsClientAuth.REQUIRED)
                    .addEnabledProtocol(PeerTls.PROTOCOL)
                    .enabledCipherSuites(List.of(PeerTls.CIPHER_SUITE))
                    .endpointIdentificationAlgorithm("NONE")
                    .build())
            .build();
  }

  void start() throws RealizeException {
    probe();
    try {
      server.start();
    } catch (RuntimeException e) {
      throw new RealizeException.Unreachable("listen on " + address, e);
    }
    if (!server.isRunning()) {
      throw new RealizeException.Unreachable(
          "listen on " + address + ": the listener did not start");
    }
  }

  /** Helidon keeps it to itself why an address cannot be had. */
  private void probe() throws RealizeException {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      channel.bind(new InetSocketAddress(address.host(), address.port()));
    } catch (IOException | UnresolvedAddressException e) {
      throw new RealizeException.Unreachable("listen on " + address, e);
    }
  }

  /** Where it listens, with the port that was taken if any was asked for. */
  HostPort address() {
    return new HostPort(address.host(), server.port());
  }

  /** Accepts no more and ends what it has accepted. */
  void close() {
    if (server.isRunning()) {
      server.stop();
    }
  }

  /** The only selector of the listener, so Helidon takes it for every connection. */
  private record Selector(Consumer<ListenerWire> acceptor) implements ServerConnectionSelector {

    @Override
    public int bytesToIdentifyConnection() {
      return 0;
    }

    @Override
    public Support supports(BufferData data) {
      return Support.SUPPORTED;
    }

    @Override
    public Set<String> supportedApplicationProtocols() {
      return Set.of(Dialer.APPLICATION_PROTOCOL, JoinFrames.APPLICATION_PROTOCOL);
    }

    @Override
    public ServerConnection connection(ConnectionContext context) {
      return new Connection(new ListenerWire(context.serverSocket()), acceptor);
    }
  }

  private record Connection(ListenerWire wire, Consumer<ListenerWire> acceptor)
      implements ServerConnection {

    @Override
    public void handle(Limit limit) {
      acceptor.accept(wire);
    }

    /** Connections look after themselves. */
    @Override
    public Duration idleTime() {
      return Duration.ZERO;
    }

    @Override
    public void close(boolean interrupt) {
      wire.abort();
    }
  }
}
