package org.realize.nima.rpc;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.realize.nima.tls.PeerKey;

/** A wire that received its bytes once and for all and gives them out in pieces. */
final class ReceivedBytes implements Wire {

  private final ByteBuffer bytes;
  private final int pieceBytes;

  ReceivedBytes(ByteBuffer bytes, int pieceBytes) {
    this.bytes = bytes;
    this.pieceBytes = pieceBytes;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (!bytes.hasRemaining()) {
      return -1;
    }
    int count = Math.min(Math.min(length, pieceBytes), bytes.remaining());
    bytes.get(target, offset, count);
    return count;
  }

  @Override
  public void write(ByteBuffer... buffers) {
    throw new UnsupportedOperationException("nobody listens");
  }

  @Override
  public void abort() {
    bytes.position(bytes.limit());
  }

  @Override
  public Optional<PeerKey> provenKey() {
    return Optional.empty();
  }

  @Override
  public Optional<InetAddress> localAddress() {
    return Optional.empty();
  }

  @Override
  public String address() {
    return "memory";
  }
}
