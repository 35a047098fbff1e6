package org.realize.nima.rpc;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.HostPort;

/**
 * One race for a connection over all addresses of some hosts, in the manner of RFC 8305: names are
 * resolved side by side, IPv6 and IPv4 take turns with IPv6 first, a further attempt starts when
 * the earlier ones took too long or one of them failed, and the first that succeeds wins. An
 * attempt includes the proof of the key, so that a stranger at one address does not hide the peer
 * at another (#ipv64).
 *
 * <p>Used once, by one thread, which waits in {@link #run}; the attempts run on virtual threads and
 * report through a queue.
 */
final class HappyEyeballs<T> {

  /** RFC 8305, section 8. */
  static final Duration ATTEMPT_DELAY = Duration.ofMillis(250);

  /** Addresses beyond that are not tried. */
  static final int MAX_ADDRESSES = 32;

  /** An attempt to connect to one address; interrupted when another attempt has won. */
  @FunctionalInterface
  interface Attempt<T> {
    T connect(InetSocketAddress address) throws IOException;
  }

  private sealed interface Event<T> {
    record Resolved<T>(List<InetSocketAddress> addresses) implements Event<T> {}

    record Unresolved<T>(String message) implements Event<T> {}

    record Won<T>(T connection) implements Event<T> {}

    record LostRace<T>(InetSocketAddress address, String message) implements Event<T> {}
  }

  private final Resolver resolver;
  private final Attempt<T> attempt;
  private final Consumer<T> discard;
  private final Duration delay;
  private final BlockingQueue<Event<T>> events = new LinkedBlockingQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Set<InetSocketAddress> known = new LinkedHashSet<>();
  private final Deque<InetSocketAddress> sixes = new ArrayDeque<>();
  private final Deque<InetSocketAddress> fours = new ArrayDeque<>();
  private final List<String> failures = new ArrayList<>();
  private boolean fourNext;
  private int resolving;
  private int running;

  /** {@code discard} gets a connection that came in too late. */
  HappyEyeballs(Resolver resolver, Attempt<T> attempt, Consumer<T> discard, Duration delay) {
    this.resolver = resolver;
    this.attempt = attempt;
    this.discard = discard;
    this.delay = delay;
  }

  /** The first connection that succeeds; an exception that names every failure if none does. */
  T run(List<HostPort> hosts, Duration timeout) throws IOException, InterruptedException {
    long start = System.nanoTime();
    try {
      hosts.forEach(this::resolve);
      long nextStart = start;
      while (true) {
        long now = System.nanoTime();
        if (waiting() && (running == 0 || now - nextStart >= 0)) {
          startNext();
          nextStart = now + delay.toNanos();
        }
        if (!waiting() && running == 0 && resolving == 0) {
          throw new IOException(failures.isEmpty() ? "no address" : String.join("; ", failures));
        }
        long end = start + timeout.toNanos();
        long until = waiting() && nextStart - end < 0 ? nextStart : end;
        Event<T> event = events.poll(Math.max(0, until - System.nanoTime()), TimeUnit.NANOSECONDS);
        if (event == null && System.nanoTime() - end >= 0) {
          failures.add("no answer within " + timeout.toMillis() + " ms");
          throw new IOException(String.join("; ", failures));
        }
        T won = event == null ? null : take(event);
        if (won != null) {
          return won;
        }
        if (event instanceof Event.LostRace<T>) {
          nextStart = System.nanoTime();
        }
      }
    } finally {
      stop();
    }
  }

  private boolean waiting() {
    return !sixes.isEmpty() || !fours.isEmpty();
  }

  private @Nullable T take(Event<T> event) {
    switch (event) {
      case Event.Resolved<T> resolved -> {
        resolving--;
        resolved.addresses().forEach(this::add);
      }
      case Event.Unresolved<T> unresolved -> {
        resolving--;
        failures.add(unresolved.message());
      }
      case Event.Won<T> won -> {
        running--;
        return won.connection();
      }
      case Event.LostRace<T> lost -> {
        running--;
        failures.add(name(lost.address()) + ": " + lost.message());
      }
    }
    return null;
  }

  private void add(InetSocketAddress address) {
    if (known.size() < MAX_ADDRESSES && known.add(address)) {
      (address.getAddress() instanceof Inet6Address ? sixes : fours).add(address);
    }
  }

  private void resolve(HostPort host) {
    resolving++;
    spawn(() -> {
      try {
        List<InetSocketAddress> addresses = new ArrayList<>();
        for (InetAddress address : resolver.resolve(host.host())) {
          addresses.add(new InetSocketAddress(address, host.port()));
        }
        events.add(new Event.Resolved<>(addresses));
      } catch (UnknownHostException e) {
        events.add(new Event.Unresolved<>(host.host() + ": unknown host"));
      } catch (RuntimeException e) {
        events.add(new Event.Unresolved<>(host.host() + ": " + e.getMessage()));
      }
    });
  }

  private void startNext() {
    boolean four = sixes.isEmpty() || (fourNext && !fours.isEmpty());
    InetSocketAddress address = (four ? fours : sixes).remove();
    fourNext = !four;
    running++;
    spawn(() -> {
      try {
        events.add(new Event.Won<>(attempt.connect(address)));
      } catch (IOException | RuntimeException e) {
        events.add(new Event.LostRace<>(address, describe(e)));
      }
    });
  }

  private void spawn(Runnable task) {
    threads.add(Thread.ofVirtual().name("rpc-dial").start(task));
  }

  /** Stops what still runs; whatever it achieves nevertheless is discarded. */
  private void stop() {
    threads.forEach(Thread::interrupt);
    List<Thread> left = List.copyOf(threads);
    Thread.ofVirtual()
        .name("rpc-dial-rest")
        .start(() -> {
          for (Thread thread : left) {
            joinUninterruptibly(thread);
          }
          for (Event<T> event = events.poll(); event != null; event = events.poll()) {
            if (event instanceof Event.Won<T>(T late)) {
              discard.accept(late);
            }
          }
        });
  }

  private static void joinUninterruptibly(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String name(InetSocketAddress address) {
    return new HostPort(address.getAddress().getHostAddress(), address.getPort()).toString();
  }

  private static String describe(Exception e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
