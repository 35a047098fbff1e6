package org.realize.nima.rpc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The beat of all connections: one thread that calls what is due ten times a second. What it calls
 * must not wait. Thread-safe.
 */
final class Ticker {

  private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
  private static final Duration PERIOD = Duration.ofMillis(100);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final TimeSource time;
  private final List<Runnable> beats = new CopyOnWriteArrayList<>();
  private final Map<Object, Alarm> alarms = new ConcurrentHashMap<>();
  private final Loop loop;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("rpc-ticker").unstarted(this::run);

  private record Alarm(long atNanos, Runnable action) {}

  Ticker(TimeSource time, Loops loops) {
    this.time = time;
    this.loop = loops.of("connections", PATIENCE);
  }

  void start() {
    thread.start();
  }

  /** Ends the beat; waits up to {@code timeout} for its thread. */
  void stop(Duration timeout) throws InterruptedException {
    if (thread.isAlive()) {
      thread.interrupt();
      thread.join(timeout);
    }
  }

  /** Calls {@code beat} at every beat while the ticker runs. */
  void add(Runnable beat) {
    beats.add(beat);
  }

  /** Calls {@code action} once, {@code delay} from now, unless {@link #cancel} comes before. */
  void after(Duration delay, Object key, Runnable action) {
    alarms.put(key, new Alarm(time.monotonicNanos() + delay.toNanos(), action));
  }

  void cancel(Object key) {
    alarms.remove(key);
  }

  private void run() {
    loop.run(() -> {
      beat();
      time.sleep(PERIOD);
      return true;
    });
  }

  /** One beat. A bug in one of the called must not stop the others. */
  void beat() {
    long now = time.monotonicNanos();
    alarms.forEach((key, alarm) -> {
      if (now - alarm.atNanos() >= 0 && alarms.remove(key, alarm)) {
        guarded(alarm.action());
      }
    });
    beats.forEach(Ticker::guarded);
  }

  private static void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException | Error e) {
      LOG.error("a timed action failed", e);
    }
  }
}
