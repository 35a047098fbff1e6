package org.realize.nima.rpc;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.realize.nima.tls.PeerKey;

/** One end of a connection in memory, whose two directions hold a bounded number of bytes. */
final class PipeWire implements Wire {

  /** Bytes on their way in one direction; a ring guarded by this. */
  private static final class Direction {
    private final byte[] ring;
    private int start;
    private int count;
    private boolean closed;
    private long passed;

    Direction(int capacity) {
      ring = new byte[capacity];
    }

    synchronized int read(byte[] target, int offset, int length) throws IOException {
      awaitWhile(() -> count == 0 && !closed);
      if (count == 0) {
        return -1;
      }
      int taken = Math.min(Math.min(length, count), ring.length - start);
      System.arraycopy(ring, start, target, offset, taken);
      start = (start + taken) % ring.length;
      count -= taken;
      notifyAll();
      return taken;
    }

    synchronized void write(ByteBuffer source) throws IOException {
      while (source.hasRemaining()) {
        awaitWhile(() -> count == ring.length && !closed);
        if (closed) {
          throw new IOException("pipe closed");
        }
        int end = (start + count) % ring.length;
        int given = Math.min(source.remaining(), ring.length - count);
        given = Math.min(given, ring.length - end);
        source.get(ring, end, given);
        count += given;
        passed += given;
        notifyAll();
      }
    }

    private synchronized void awaitWhile(BooleanSupplier unready) throws IOException {
      try {
        while (unready.getAsBoolean()) {
          wait();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted", e);
      }
    }

    synchronized void close() {
      closed = true;
      notifyAll();
    }

    synchronized long passed() {
      return passed;
    }
  }

  private final Direction in;
  private final Direction out;

  private PipeWire(Direction in, Direction out) {
    this.in = in;
    this.out = out;
  }

  /** Two connected ends. */
  static PipeWire[] pair(int capacityBytes) {
    Direction there = new Direction(capacityBytes);
    Direction back = new Direction(capacityBytes);
    return new PipeWire[] {new PipeWire(back, there), new PipeWire(there, back)};
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    return in.read(target, offset, length);
  }

  @Override
  public void write(ByteBuffer... buffers) throws IOException {
    for (ByteBuffer buffer : buffers) {
      out.write(buffer);
    }
  }

  @Override
  public void abort() {
    in.close();
    out.close();
  }

  /** How many bytes this end has sent so far. */
  long sentBytes() {
    return out.passed();
  }

  /** How many bytes the other end has sent so far. */
  long receivedBytes() {
    return in.passed();
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
    return "pipe";
  }
}
