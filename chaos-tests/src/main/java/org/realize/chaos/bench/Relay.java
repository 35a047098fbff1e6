package org.realize.chaos.bench;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.rate.Throttle;
import org.realize.sync.rate.TokenBucket;

/**
 * A slow link that counts: connections to its port on loopback are passed on to another port there.
 * All connections together share one rate for each direction. The count is of all bytes that the
 * connections carry, those of TLS included, those of TCP not.
 */
final class Relay implements AutoCloseable {

  private static final int CHUNK_BYTES = 64 << 10;

  private final InetAddress loopback = InetAddress.getLoopbackAddress();
  private final ServerSocket listener = new ServerSocket(0, 16, loopback);
  private final int behind = BenchMachine.freePort();
  private final Throttle forth;
  private final Throttle back;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicLong bytes = new AtomicLong();

  private Relay(long bytesPerSecond) throws IOException {
    forth = new TokenBucket(() -> bytesPerSecond, new SystemTimeSource());
    back = new TokenBucket(() -> bytesPerSecond, new SystemTimeSource());
  }

  static Relay open(long bytesPerSecond) throws IOException {
    Relay relay = new Relay(bytesPerSecond);
    Thread.ofVirtual().name("relay").start(relay::accept);
    return relay;
  }

  /** The address of the relay, which the client dials. */
  String address() {
    return "127.0.0.1:" + listener.getLocalPort();
  }

  /** The address that the relay dials: the server listens there. */
  String behind() {
    return "127.0.0.1:" + behind;
  }

  /** What has passed until now, both ways together. */
  long bytes() {
    return bytes.get();
  }

  private void accept() {
    try {
      while (!listener.isClosed()) {
        Socket near = listener.accept();
        sockets.add(near);
        Thread.ofVirtual().name("relay-connection").start(() -> connect(near));
      }
    } catch (IOException e) {
      // the bench has ended: closed
    }
  }

  private void connect(Socket near) {
    try (near;
        Socket far = new Socket(loopback, behind)) {
      sockets.add(far);
      Thread forward = Thread.ofVirtual().start(() -> pass(near, far, forth));
      pass(far, near, back);
      forward.join();
      sockets.remove(far);
    } catch (IOException e) {
      // no listener there yet: the dialler retries
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      sockets.remove(near);
    }
  }

  /** Passes on what comes until either end closes, then closes both. */
  private void pass(Socket from, Socket to, Throttle throttle) {
    byte[] chunk = new byte[CHUNK_BYTES];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int count = in.read(chunk); count >= 0; count = in.read(chunk)) {
        throttle.take(count, _ -> false);
        out.write(chunk, 0, count);
        bytes.addAndGet(count);
      }
    } catch (IOException e) {
      // the other side closes it too
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : sockets) {
      socket.close();
    }
  }
}
