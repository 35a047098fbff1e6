package org.realize.sync.loop;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.sync.loop.Loops.LoopFault;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.port.TimeSource;
import org.realize.sync.rate.Backoff;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A background loop. Nothing that a step throws ends it: it is logged, listed, and the step is
 * tried again, after a second at first and after 5 min at last. Only an interrupt and the step
 * itself end the loop. One thread calls {@link #run} and, within a step, {@link #waits}; {@link
 * #fault} is for every thread. Fields that change are guarded by this.
 */
public final class Loop {

  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final Backoff NO_PAUSE =
      Backoff.between(Duration.ofSeconds(1), Duration.ofMinutes(5));

  /** The time between two log lines of a full disk, which fails only the steps that need room. */
  private static final Duration BETWEEN_FULL = Duration.ofMinutes(10);

  /** A step of a loop. */
  @FunctionalInterface
  public interface LoopStep {

    /** Returns false when the loop is to end. */
    boolean run() throws RealizeException, InterruptedException;
  }

  private final String name;
  private final Duration patience;
  private final TimeSource time;
  private final Set<Loop> running;
  private Backoff pause = NO_PAUSE;
  private @Nullable LoopFault failure;

  /** The end of the failures is to be logged, as their begin was. */
  private boolean isLogged;

  /** When a full disk was logged last; empty if it never was. */
  private OptionalLong fullNanos = OptionalLong.empty();

  /** When the present step began, or the wait in it ends. */
  private long steppedNanos;

  private long steppedMillis;

  Loop(String name, Duration patience, TimeSource time, Set<Loop> running) {
    this.name = name;
    this.patience = patience;
    this.time = time;
    this.running = running;
  }

  /** Runs {@code step} again and again until it returns false or the thread is interrupted. */
  public void run(LoopStep step) {
    running.add(this);
    try {
      boolean goesOn = true;
      while (goesOn) {
        goesOn = attempt(step);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      running.remove(this);
    }
  }

  private boolean attempt(LoopStep step) throws InterruptedException {
    began(0);
    Duration rest;
    try {
      boolean goesOn = step.run();
      succeeded();
      return goesOn;
    } catch (InterruptedException e) {
      throw e;
    } catch (DiskFull e) {
      rest = failed(e.oneLine(), null, isFullNews());
    } catch (RealizeException e) {
      rest = failed(e.oneLine(), null, true);
    } catch (Throwable e) {
      rest = failed(e.toString(), e, true);
    }
    began(rest.toNanos());
    time.sleep(rest);
    return true;
  }

  private synchronized void began(long waitNanos) {
    steppedNanos = time.monotonicNanos() + waitNanos;
    steppedMillis = time.unixMillis() + waitNanos / 1_000_000;
  }

  /** The step has done its work, and waits for at most {@code duration} for more. */
  public void waits(Duration duration) {
    succeeded();
    began(duration.toNanos());
  }

  /** The wait has ended before its time. */
  public void works() {
    began(0);
  }

  private void succeeded() {
    boolean goesOn;
    synchronized (this) {
      goesOn = isLogged;
      isLogged = false;
      failure = null;
      pause = NO_PAUSE;
    }
    if (goesOn) {
      LOG.info("{} goes on", name);
    }
  }

  private synchronized boolean isFullNews() {
    long now = time.monotonicNanos();
    if (fullNanos.isPresent() && now - fullNanos.getAsLong() < BETWEEN_FULL.toNanos()) {
      return false;
    }
    fullNanos = OptionalLong.of(now);
    return true;
  }

  private Duration failed(String cause, @Nullable Throwable bug, boolean isNews) {
    Duration rest;
    boolean isNew;
    synchronized (this) {
      LoopFault last = failure;
      pause = pause.afterFailure();
      rest = pause.delay();
      isNew = isNews && (!isLogged || last == null || !last.cause().equals(cause));
      isLogged |= isNew;
      failure = new LoopFault(name, cause, last == null ? time.unixMillis() : last.sinceMillis());
    }
    if (isNew) {
      LOG.error("{} failed: {}; tried again in {} s", name, cause, rest.toSeconds(), bug);
    }
    return rest;
  }

  /** What is wrong; empty if nothing is. */
  synchronized Optional<LoopFault> fault() {
    if (failure != null) {
      return Optional.of(failure);
    }
    long still = time.monotonicNanos() - steppedNanos;
    return still < patience.toNanos()
        ? Optional.empty()
        : Optional.of(
            new LoopFault(
                name,
                "has been at one step for " + Duration.ofNanos(still).toMinutes() + " min",
                steppedMillis));
  }
}
