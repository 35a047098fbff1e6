package org.realize.nima.rpc;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The clock of all connections: one thread that performs what is due and sleeps until more is. What
 * it calls must not wait. Whoever brings a due time forward calls {@link #dueIn} after the state
 * says so. Thread-safe.
 */
final class Ticker {

  private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** The time from one beat to the next at most, and at least unless {@link #dueIn} is called. */
  private static final Duration LONGEST = Duration.ofSeconds(15);

  private static final Duration SHORTEST = Duration.ofMillis(10);

  private final TimeSource time;
  private final List<Beat> beats = new CopyOnWriteArrayList<>();
  private final Map<Object, Alarm> alarms = new ConcurrentHashMap<>();
  private final Loop loop;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("rpc-ticker").unstarted(this::run);
  private final ReentrantLock lock = new ReentrantLock();

  /** Written under {@code lock}: the time of the next beat. */
  private volatile long dueNanos;

  /** Guarded by {@code lock}: an interrupt reaches nothing but the ticker's sleep. */
  private boolean isAsleep;

  /** Guarded by {@code lock}. */
  private boolean isStopped;

  /** Work that depends on time. */
  @FunctionalInterface
  interface Beat {

    /** Performs what is due; returns the nanoseconds until more is, if nothing else changes. */
    long beat();
  }

  private record Alarm(long atNanos, Runnable action) {}

  Ticker(TimeSource time, Loops loops) {
    this.time = time;
    this.loop = loops.of("connections", PATIENCE);
    this.dueNanos = time.monotonicNanos();
  }

  void start() {
    thread.start();
  }

  /** Ends the beats; waits up to {@code timeout} for the thread. */
  void stop(Duration timeout) throws InterruptedException {
    lock.lock();
    try {
      isStopped = true;
      thread.interrupt();
    } finally {
      lock.unlock();
    }
    if (thread.isAlive()) {
      thread.join(timeout);
    }
  }

  /** Calls {@code beat} soon, and again when it is due, while the ticker runs. */
  void add(Beat beat) {
    beats.add(beat);
    dueIn(0);
  }

  /** Calls {@code action} once, {@code delay} from now, unless {@link #cancel} comes before. */
  void after(Duration delay, Object key, Runnable action) {
    alarms.put(key, new Alarm(time.monotonicNanos() + delay.toNanos(), action));
    dueIn(delay.toNanos());
  }

  void cancel(Object key) {
    alarms.remove(key);
  }

  /** Lets all beats be called within {@code nanos} from now. */
  void dueIn(long nanos) {
    long at = time.monotonicNanos() + Math.min(nanos, LONGEST.toNanos());
    if (at - dueNanos >= 0) {
      return;
    }
    lock.lock();
    try {
      if (at - dueNanos < 0) {
        dueNanos = at;
        wake();
      }
    } finally {
      lock.unlock();
    }
  }

  private void wake() {
    if (isAsleep) {
      thread.interrupt();
    }
  }

  private void run() {
    loop.run(() -> {
      if (!sleepUntilDue()) {
        return false;
      }
      beat();
      return true;
    });
  }

  /** False once the ticker is stopped. */
  private boolean sleepUntilDue() {
    while (true) {
      long left;
      lock.lock();
      try {
        left = dueNanos - time.monotonicNanos();
        if (isStopped || left <= 0) {
          return !isStopped;
        }
        isAsleep = true;
      } finally {
        lock.unlock();
      }
      try {
        time.sleep(Duration.ofNanos(left));
      } catch (InterruptedException e) {
        LOG.trace("due earlier");
      } finally {
        awake();
      }
    }
  }

  /** From here on no interrupt comes; one that came after the sleep is taken back. */
  private void awake() {
    lock.lock();
    try {
      isAsleep = false;
      Thread.interrupted();
    } finally {
      lock.unlock();
    }
  }

  /** One round. A bug in one of the called must not stop the others. */
  private void beat() {
    lock.lock();
    try {
      dueNanos = time.monotonicNanos() + LONGEST.toNanos();
    } finally {
      lock.unlock();
    }
    long now = time.monotonicNanos();
    alarms.forEach((key, alarm) -> {
      if (now - alarm.atNanos() < 0) {
        again(alarm.atNanos() - now);
      } else if (alarms.remove(key, alarm)) {
        guarded(() -> {
          alarm.action().run();
          return LONGEST.toNanos();
        });
      }
    });
    beats.forEach(beat -> again(guarded(beat)));
  }

  private void again(long nanos) {
    dueIn(Math.max(nanos, SHORTEST.toNanos()));
  }

  private static long guarded(Beat beat) {
    try {
      return beat.beat();
    } catch (RuntimeException | Error e) {
      LOG.error("a timed action failed", e);
      return LONGEST.toNanos();
    }
  }
}
