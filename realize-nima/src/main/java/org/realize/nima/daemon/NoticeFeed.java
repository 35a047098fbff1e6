package org.realize.nima.daemon;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.ControlJson;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.observe.EventRing;
import org.realize.sync.loop.Loop;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The notices of a node on their way to one target: conflicts, held changes, places in doubt,
 * damage, and what {@link StandingConditions} notices, as they begin. They are handed over
 * together, 10 s after the ones before at the earliest. What begins is an event once, also over
 * restarts, and is handed over once; where that fails it is tried again. Used by one thread.
 */
final class NoticeFeed implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(NoticeFeed.class);

  private static final Set<EventKind> KINDS =
      Set.of(
          EventKind.CONFLICT,
          EventKind.HELD,
          EventKind.IN_DOUBT,
          EventKind.DAMAGED,
          EventKind.LOW_DISK,
          EventKind.AWAY,
          EventKind.OUT_OF_SYNC,
          EventKind.AT_RISK);

  /** The most that is handed over at once, unless a single event is longer. */
  private static final int MAX_BYTES = 32 << 10;

  private static final Duration REST = Duration.ofSeconds(10);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** A receiver of notices. */
  @FunctionalInterface
  interface NoticeTarget {

    /** Takes one notice or more; after a failure it gets them again later, and newer ones. */
    void deliver(List<NodeEvent> notices) throws RealizeException, InterruptedException;
  }

  private final EventRing events;
  private final NoticeTarget target;

  /** The last event that was looked at; null before the first. */
  private @Nullable Long last;

  private @Nullable Thread thread;

  NoticeFeed(EventRing events, NoticeTarget target) {
    this.events = events;
    this.target = target;
  }

  /** Starts a feed; {@code name} is that of its thread, and of its loop in the status. */
  static NoticeFeed start(
      String name, EventRing events, NoticeTarget target, TimeSource time, Loops loops) {
    NoticeFeed feed = new NoticeFeed(events, target);
    Loop loop = loops.of(name, PATIENCE);
    feed.thread =
        Thread.ofVirtual()
            .name(name)
            .start(() ->
                loop.run(() -> {
                  Duration rest = feed.step();
                  loop.waits(rest);
                  time.sleep(rest);
                  return true;
                }));
    return feed;
  }

  /** Waits for events, and hands the notices among them over; returns the time to rest. */
  Duration step() throws RealizeException, InterruptedException {
    EventPage page = events.read(new EventQuery(last, EventQuery.MAX_WAIT_SECONDS));
    List<NodeEvent> notices = new ArrayList<>();
    int bytes = 0;
    long read = page.last();
    for (NodeEvent event : page.events()) {
      if (event.state() != EventState.BEGUN || !KINDS.contains(event.kind())) {
        continue;
      }
      int length = ControlJson.line(event).getBytes(StandardCharsets.UTF_8).length + 1;
      if (!notices.isEmpty() && bytes + length > MAX_BYTES) {
        read = event.id() - 1; // for the next time
        break;
      }
      notices.add(event);
      bytes += length;
    }
    if (!notices.isEmpty()) {
      target.deliver(notices);
    }
    last = read;
    return notices.isEmpty() ? Duration.ZERO : REST;
  }

  @Override
  public void close() {
    if (thread == null) {
      return;
    }
    thread.interrupt();
    try {
      if (!thread.join(CLOSE)) {
        LOG.warn("the notices have not ended within {} s", CLOSE.toSeconds());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
