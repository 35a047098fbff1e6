package org.realize.nima.rpc;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.realize.nima.tls.PeerKey;

/**
 * A connected stream of bytes in both directions. One thread reads while another writes; {@link
 * #abort} may come from any.
 */
interface Wire {

  /** Waits for bytes and returns how many were put into {@code target}; -1 at the end. */
  int read(byte[] target, int offset, int length) throws IOException;

  /** Writes all that remains in {@code buffers}; waits while the other side does not read. */
  void write(ByteBuffer... buffers) throws IOException;

  /** Ends both directions at once, waking who reads or writes. Does not wait. Idempotent. */
  void abort();

  /** The key that the other side proved; empty before the handshake, or when it proved none. */
  Optional<PeerKey> provenKey();

  /** The other side's address, for people. */
  String address();

  /** This side's address; empty where that is not known. */
  Optional<InetAddress> localAddress();
}
