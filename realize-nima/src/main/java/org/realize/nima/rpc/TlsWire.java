package org.realize.nima.rpc;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;
import org.realize.nima.tls.PeerKey;
import org.realize.nima.tls.PeerTls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A dialled connection: a blocking socket below an {@link SSLEngine}. Compared with the JDK's own
 * TLS socket it reads and writes many records with one system call, and decrypts large reads right
 * into the reader's array.
 *
 * <p>One thread reads at a time, {@link #writing} guards what writes; the engine allows one of
 * each.
 */
final class TlsWire implements Wire {

  private static final Logger LOG = LoggerFactory.getLogger(TlsWire.class);
  private static final int RECORDS_AT_ONCE = 8;

  private final SocketChannel channel;
  private final SSLEngine engine;
  private final String address;
  private final ReentrantLock writing = new ReentrantLock();

  /** Encrypted bytes not yet decrypted, ready to be taken. Used by the reading thread. */
  private final ByteBuffer encrypted;

  /** Decrypted bytes not yet read, ready to be taken. Used by the reading thread. */
  private final ByteBuffer plain;

  /** Encrypted bytes to send, guarded by {@link #writing}. */
  private final ByteBuffer outgoing;

  private final int recordBytes;
  private final int plainBytes;

  /** {@code channel} is connected and blocking. {@link #handshake} comes first. */
  TlsWire(SocketChannel channel, SSLEngine engine, String address) {
    this.channel = channel;
    this.engine = engine;
    this.address = address;
    this.recordBytes = engine.getSession().getPacketBufferSize();
    this.plainBytes = engine.getSession().getApplicationBufferSize();
    this.encrypted = ByteBuffer.allocate(RECORDS_AT_ONCE * recordBytes).flip();
    this.plain = ByteBuffer.allocate(plainBytes).flip();
    this.outgoing = ByteBuffer.allocate(RECORDS_AT_ONCE * recordBytes);
  }

  /** Proves both sides' keys; afterwards {@link #provenKey} tells the other side's. */
  void handshake() throws IOException {
    engine.beginHandshake();
    HandshakeStatus status = engine.getHandshakeStatus();
    while (status != HandshakeStatus.NOT_HANDSHAKING && status != HandshakeStatus.FINISHED) {
      status =
          switch (status) {
            case NEED_TASK -> runTasks();
            case NEED_WRAP -> wrapNothing();
            case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrapHandshake();
            case FINISHED, NOT_HANDSHAKING -> status;
          };
    }
  }

  private HandshakeStatus runTasks() {
    for (Runnable task = engine.getDelegatedTask();
        task != null;
        task = engine.getDelegatedTask()) {
      task.run();
    }
    return engine.getHandshakeStatus();
  }

  private HandshakeStatus wrapNothing() throws IOException {
    writing.lock();
    try {
      SSLEngineResult result = engine.wrap(ByteBuffer.allocate(0), outgoing);
      flush();
      if (result.getStatus() == Status.CLOSED) {
        throw new SSLException("closed during the handshake");
      }
      return result.getHandshakeStatus();
    } finally {
      writing.unlock();
    }
  }

  private HandshakeStatus unwrapHandshake() throws IOException {
    plain.clear();
    SSLEngineResult result = engine.unwrap(encrypted, plain);
    plain.flip();
    switch (result.getStatus()) {
      case OK -> {}
      case BUFFER_UNDERFLOW -> {
        if (!receive()) {
          throw new EOFException("closed during the handshake");
        }
        return HandshakeStatus.NEED_UNWRAP;
      }
      case BUFFER_OVERFLOW, CLOSED -> throw new SSLException("closed during the handshake");
    }
    return result.getHandshakeStatus();
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!plain.hasRemaining()) {
      boolean straight = length >= plainBytes;
      ByteBuffer into = straight ? ByteBuffer.wrap(target, offset, length) : plain.clear();
      int start = into.position();
      boolean open = decrypt(into);
      if (straight) {
        if (into.position() > start) {
          return into.position() - start;
        }
      } else {
        plain.flip();
      }
      if (!open && !plain.hasRemaining()) {
        return -1;
      }
    }
    int count = Math.min(length, plain.remaining());
    plain.get(target, offset, count);
    return count;
  }

  /**
   * Decrypts the records at hand into {@code into} as far as they fit, waiting for one if there is
   * none; may yield nothing. False at the end of the stream.
   */
  private boolean decrypt(ByteBuffer into) throws IOException {
    int start = into.position();
    while (true) {
      SSLEngineResult result = engine.unwrap(encrypted, into);
      switch (result.getStatus()) {
        case OK -> {
          afterUnwrap(result.getHandshakeStatus());
          if (into.remaining() < plainBytes || !encrypted.hasRemaining()) {
            return true;
          }
        }
        case BUFFER_OVERFLOW -> {
          return true;
        }
        case BUFFER_UNDERFLOW -> {
          if (into.position() > start) {
            return true;
          }
          if (!receive()) {
            return false;
          }
        }
        case CLOSED -> {
          return false;
        }
      }
    }
  }

  /** Key updates: a writer that is under way sends ours by itself. */
  private void afterUnwrap(HandshakeStatus status) throws IOException {
    if (status == HandshakeStatus.NEED_TASK) {
      runTasks();
    } else if (status == HandshakeStatus.NEED_WRAP && writing.tryLock()) {
      try {
        engine.wrap(ByteBuffer.allocate(0), outgoing);
        flush();
      } finally {
        writing.unlock();
      }
    }
  }

  /** Waits for more encrypted bytes; false at the end of the stream. */
  private boolean receive() throws IOException {
    encrypted.compact();
    int count;
    try {
      count = channel.read(encrypted);
    } finally {
      encrypted.flip();
    }
    return count >= 0;
  }

  @Override
  public void write(ByteBuffer... buffers) throws IOException {
    writing.lock();
    try {
      while (hasRemaining(buffers)) {
        if (outgoing.remaining() < recordBytes) {
          flush();
        }
        SSLEngineResult result = engine.wrap(buffers, outgoing);
        switch (result.getStatus()) {
          case OK -> {
            if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
              runTasks();
            }
          }
          case BUFFER_OVERFLOW -> flush();
          case BUFFER_UNDERFLOW, CLOSED -> throw new EOFException("the other side closed");
        }
      }
      flush();
    } finally {
      writing.unlock();
    }
  }

  private static boolean hasRemaining(ByteBuffer... buffers) {
    for (ByteBuffer buffer : buffers) {
      if (buffer.hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  private void flush() throws IOException {
    outgoing.flip();
    try {
      while (outgoing.hasRemaining()) {
        channel.write(outgoing);
      }
    } finally {
      outgoing.clear();
    }
  }

  @Override
  public void abort() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.debug("closing the socket to {} failed", address, e);
    }
  }

  @Override
  public Optional<PeerKey> provenKey() {
    return PeerTls.provenKey(engine);
  }

  /** What both sides agreed to speak; empty when nothing. */
  String applicationProtocol() {
    String protocol = engine.getApplicationProtocol();
    return protocol == null ? "" : protocol;
  }

  @Override
  public Optional<InetAddress> localAddress() {
    try {
      return channel.getLocalAddress() instanceof InetSocketAddress local
          ? Optional.of(local.getAddress())
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public String address() {
    return address;
  }
}
