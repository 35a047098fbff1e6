package org.realize.nima.rpc;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.socket.HelidonSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;

/**
 * A connection that Helidon's listener accepted. The first read makes the TLS handshake; before it
 * nothing is known of the other side.
 *
 * <p>Helidon's socket cannot be closed while a thread is inside it, because its close waits for the
 * lock that the handshake holds. Interrupting a thread that waits inside a socket channel closes
 * the channel, so that is what {@link #abort} does. The threads inside are guarded by this.
 */
final class ListenerWire implements Wire {

  private static final int IPV6_BYTES = 16;
  private static final int IPV6_NETWORK_BYTES = 8;

  private final HelidonSocket socket;

  /** Kept because a closed socket no longer knows it. */
  private final String address;

  private final String network;

  /** What the last record left over; used by the reading thread. */
  private ByteBuffer received = ByteBuffer.allocate(0);

  private @Nullable Thread reading;
  private @Nullable Thread writing;
  private boolean aborted;

  ListenerWire(HelidonSocket socket) {
    this.socket = socket;
    this.address = new HostPort(socket.remotePeer().host(), socket.remotePeer().port()).toString();
    this.network = network(socket.remotePeer().address());
  }

  private static String network(SocketAddress remote) {
    byte[] address =
        remote instanceof InetSocketAddress inet && inet.getAddress() != null
            ? inet.getAddress().getAddress()
            : new byte[0];
    int bytes = address.length == IPV6_BYTES ? IPV6_NETWORK_BYTES : address.length;
    return HexFormat.of().formatHex(address, 0, bytes);
  }

  /** The other side's address; of an IPv6 one the part that one subscriber has. */
  String network() {
    return network;
  }

  /** Proves both sides' keys, by waiting for the first bytes after the handshake. */
  void handshake() throws IOException {
    byte[] record = receive();
    if (record == null) {
      throw new EOFException("closed during the handshake");
    }
    received = ByteBuffer.wrap(record);
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!received.hasRemaining()) {
      byte[] record = receive();
      if (record == null) {
        return -1;
      }
      received = ByteBuffer.wrap(record);
    }
    int count = Math.min(length, received.remaining());
    received.get(target, offset, count);
    return count;
  }

  private byte @Nullable [] receive() throws IOException {
    enter(true);
    try {
      return socket.get();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      leave(true);
    }
  }

  @Override
  public void write(ByteBuffer... buffers) throws IOException {
    BufferData[] parts = new BufferData[buffers.length];
    for (int i = 0; i < buffers.length; i++) {
      ByteBuffer buffer = buffers[i];
      parts[i] =
          buffer.hasArray()
              ? BufferData.createReadOnly(
                  buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining())
              : copied(buffer);
    }
    enter(false);
    try {
      socket.write(BufferData.create(parts));
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } finally {
      leave(false);
    }
  }

  private static BufferData copied(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return BufferData.create(bytes);
  }

  private synchronized void enter(boolean toRead) throws IOException {
    if (aborted) {
      throw new IOException("connection ended");
    }
    if (toRead) {
      reading = Thread.currentThread();
    } else {
      writing = Thread.currentThread();
    }
  }

  private synchronized void leave(boolean toRead) {
    if (toRead) {
      reading = null;
    } else {
      writing = null;
    }
    if (aborted) {
      Thread.interrupted();
    }
  }

  @Override
  public synchronized void abort() {
    aborted = true;
    if (reading != null) {
      reading.interrupt();
    }
    if (writing != null) {
      writing.interrupt();
    }
  }

  @Override
  public Optional<PeerKey> provenKey() {
    return socket.remotePeer().tlsCertificates().flatMap(PeerTls::provenKey);
  }

  /** What both sides agreed to speak; empty when nothing. */
  String applicationProtocol() {
    return socket.protocolNegotiated() ? socket.protocol() : "";
  }

  @Override
  public Optional<InetAddress> localAddress() {
    return socket.localPeer().address() instanceof InetSocketAddress local
        ? Optional.ofNullable(local.getAddress())
        : Optional.empty();
  }

  @Override
  public String address() {
    return address;
  }
}
