package org.realize.nima.daemon;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.control.PeerStatus;
import org.realize.nima.observe.EventRing;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.loop.Loops.LoopFault;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The events of what {@code status} shows and no other part notes: arenas that are not in sync,
 * pauses, background loops that fail, the disk of the state, programs over their budget, and what
 * stands for long. It compares two looks at the status, 10 s apart, or longer where a look takes
 * more than 100 ms. What begins and ends between them is not noted. Used by one thread.
 */
final class StatusWatch implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(StatusWatch.class);
  private static final Duration BEAT = Duration.ofSeconds(10);
  private static final int REST_OF_LOOK = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** The present status. */
  @FunctionalInterface
  interface StatusNow {
    HouseholdStatus ask() throws RealizeException;
  }

  private final StatusNow status;
  private final EventRing events;
  private final TimeSource time;
  private final StandingConditions standing;
  private Map<String, Occurrence> known = Map.of();

  /** The time of the last step; null before the first. */
  private @Nullable Long lastNanos;

  private @Nullable Thread thread;

  StatusWatch(StatusNow status, StandingConditions standing, EventRing events, TimeSource time) {
    this.status = status;
    this.standing = standing;
    this.events = events;
    this.time = time;
  }

  static StatusWatch start(
      StatusNow status,
      StandingConditions standing,
      EventRing events,
      TimeSource time,
      Loops loops) {
    StatusWatch watch = new StatusWatch(status, standing, events, time);
    Loop loop = loops.of("watch of the status", PATIENCE);
    watch.thread =
        Thread.ofVirtual()
            .name("status-watch")
            .start(() ->
                loop.run(() -> {
                  Duration rest = watch.step();
                  loop.waits(rest);
                  time.sleep(rest);
                  return true;
                }));
    return watch;
  }

  /** Notes what has changed since the last step; returns the time until the next one. */
  Duration step() throws RealizeException {
    long begun = time.monotonicNanos();
    HouseholdStatus present = status.ask();
    Map<String, Occurrence> now = listed(present);
    now.forEach((key, event) -> {
      if (!known.containsKey(key)) {
        events.add(event);
      }
    });
    known.forEach((key, event) -> {
      if (!now.containsKey(key)) {
        events.add(event.ended());
      }
    });
    known = now;
    Duration passed = lastNanos == null ? Duration.ZERO : Duration.ofNanos(begun - lastNanos);
    for (Occurrence notice : standing.look(present, passed)) {
      if (notice.state() == EventState.BEGUN) {
        LOG.warn("{}", notice.text());
      } else {
        LOG.info("ended: {}", notice.text());
      }
      events.add(notice);
    }
    lastNanos = begun;
    Duration rest = Duration.ofNanos(time.monotonicNanos() - begun).multipliedBy(REST_OF_LOOK);
    return rest.compareTo(BEAT) < 0 ? BEAT : rest;
  }

  private static Map<String, Occurrence> listed(HouseholdStatus status) {
    Map<String, Occurrence> listed = new LinkedHashMap<>();
    for (ArenaStatus arena : status.arenas()) {
      String name = arena.name().toString();
      if (!arena.work().done() || !arena.phase().isInSync()) {
        String text = "arena %s: not in sync".formatted(name);
        listed.put("sync " + name, begun(EventKind.SYNCING, name, null, text));
      }
      if (arena.pausedUntil() != null) {
        String text = "arena %s: paused".formatted(name);
        listed.put("arena " + name, begun(EventKind.PAUSED, name, null, text));
      }
    }
    for (PeerStatus peer : status.peers()) {
      if (peer.pausedUntil() != null) {
        String name = peer.name().toString();
        String text = "peer %s: paused".formatted(name);
        listed.put("peer " + name, begun(EventKind.PAUSED, null, name, text));
      }
    }
    for (LoopFault loop : status.loops()) {
      String text = "%s: %s".formatted(loop.name(), loop.cause());
      listed.put("loop " + loop.name(), begun(EventKind.LOOP, null, null, text));
    }
    for (String program : status.overBudget()) {
      // The line has figures that go up while the program is over its budget.
      String name = program.split(" has read ", 2)[0];
      listed.put("budget " + name, begun(EventKind.PROGRAM, null, null, program));
    }
    if (status.disk() != null) {
      listed.put("disk", begun(EventKind.DISK, null, null, status.disk()));
    }
    return listed;
  }

  private static Occurrence begun(
      EventKind kind, @Nullable String arena, @Nullable String peer, String text) {
    return new Occurrence(kind, EventState.BEGUN, arena, peer, null, text);
  }

  @Override
  public void close() {
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("the watch of the status has not ended within {} s", CLOSE.toSeconds());
        return;
      }
      standing.save();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
