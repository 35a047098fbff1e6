package org.realize.store.journal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import org.apache.ignite.internal.util.CommonUtils;

/**
 * The clock that Ignite reads instead of the system's, in place of a thread of Ignite 2.18 that
 * stores the time in a static field every 10 ms whatever the node does. It is late by a second at
 * most. Ignite takes it for time-outs of many seconds and for figures; nothing that it writes
 * depends on it.
 *
 * <p>Each node of a process has a clock, all of which store the time in the one field.
 */
final class IgniteClock implements AutoCloseable {
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final Duration STOP = Duration.ofSeconds(10);
  private static final VarHandle TIME = field("curTimeMillis", long.class);
  private static final VarHandle THREAD = field("timer", Thread.class);

  private final Thread thread;

  private IgniteClock() {
    thread = Thread.ofPlatform().daemon().name("store-clock").start(IgniteClock::run);
  }

  private static VarHandle field(String name, Class<?> type) {
    try {
      return MethodHandles.privateLookupIn(CommonUtils.class, MethodHandles.lookup())
          .findStaticVarHandle(CommonUtils.class, name, type);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("Ignite has no clock of the kind that is replaced", e);
    }
  }

  /** Starts a clock, before its node: Ignite numbers what it writes up from its time then. */
  static IgniteClock start() {
    store();
    return new IgniteClock();
  }

  /** Ends Ignite's own clock, which the first node of a process begins when it starts. */
  void replaceOwn() {
    if ((Object) THREAD.get() instanceof Thread own) {
      stop(own);
    }
  }

  private static void store() {
    TIME.setVolatile(System.currentTimeMillis());
  }

  private static void run() {
    try {
      while (true) {
        store();
        Thread.sleep(PERIOD);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void stop(Thread clock) {
    clock.interrupt();
    try {
      clock.join(STOP);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends the clock; after the node, which needs one to the end. */
  @Override
  public void close() {
    stop(thread);
  }
}
