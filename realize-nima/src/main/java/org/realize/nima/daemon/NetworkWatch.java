package org.realize.nima.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.realize.nima.membership.OwnAddresses;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.port.TimeSource;
import org.realize.sync.posix.NetworkEvents;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The watch of this machine's network: its listener is notified once the addresses by which other
 * machines are reached have changed, or the machine has slept. Every {@link #PERIOD} it asks what
 * the kernel has said, and compares the clocks; a thread that waits for the kernel would have to be
 * one of the platform's. Its state is used by its thread.
 */
final class NetworkWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NetworkWatch.class);
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** Changes come in bursts; the machine is looked at after such a silence. */
  private static final Duration SILENCE = Duration.ofMillis(200);

  /** The longest burst that is waited for, in silences. */
  private static final int MOST_SILENCES = 5;

  private final Optional<NetworkEvents> events;
  private final Runnable listener;
  private final TimeSource time;
  private final Loop loop;
  private final Thread thread = Thread.ofVirtual().name("network-watch").unstarted(this::run);
  private volatile boolean isClosed;
  private NetworkSight last;

  private NetworkWatch(
      Optional<NetworkEvents> events, Runnable listener, TimeSource time, Loops loops) {
    this.events = events;
    this.listener = listener;
    this.time = time;
    this.loop = loops.of("watch of the network", PATIENCE);
    this.last = NetworkSight.of(addresses(), time);
  }

  /** Begins to watch; {@code listener} must not wait. */
  static NetworkWatch start(Runnable listener, TimeSource time, Loops loops) {
    NetworkWatch watch = new NetworkWatch(open(), listener, time, loops);
    watch.thread.start();
    return watch;
  }

  private static Optional<NetworkEvents> open() {
    try {
      return Optional.of(NetworkEvents.open());
    } catch (IOException e) {
      LOG.info("the network is looked at every {} s: {}", PERIOD.toSeconds(), e.getMessage());
      return Optional.empty();
    }
  }

  private static Set<String> addresses() {
    try {
      return OwnAddresses.reaching();
    } catch (IOException e) {
      LOG.warn("read the addresses of this machine: {}", e.getMessage());
      return Set.of();
    }
  }

  private void run() {
    loop.run(() -> {
      loop.waits(PERIOD);
      boolean isChanged = awaitChange();
      loop.works();
      if (isClosed) {
        return false;
      }
      NetworkSight now = isChanged ? NetworkSight.of(addresses(), time) : last.at(time);
      Optional<String> difference = now.difference(last);
      last = now;
      if (difference.isPresent()) {
        LOG.info("{}: peers that are away are dialled at once", difference.get());
        listener.run();
      }
      return true;
    });
  }

  private boolean awaitChange() throws InterruptedException {
    time.sleep(PERIOD);
    if (events.isEmpty()) {
      return true;
    }
    boolean isChanged = events.get().take();
    boolean goesOn = isChanged;
    for (int i = 0; i < MOST_SILENCES && goesOn; i++) {
      time.sleep(SILENCE);
      goesOn = events.get().take();
    }
    return isChanged;
  }

  @Override
  public void close() {
    isClosed = true;
    thread.interrupt();
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("the watch of the network has not ended within {} s", CLOSE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    events.ifPresent(NetworkEvents::close);
  }
}
