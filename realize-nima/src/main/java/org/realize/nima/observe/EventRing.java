package org.realize.nima.observe;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.nima.control.EventPage;
import org.realize.nima.control.EventQuery;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.sync.port.TimeSource;

/**
 * The last {@value #MAX_EVENTS} events of a node, in memory. Ids begin with the microsecond of the
 * daemon's start, so they also go up from one life to the next. A reader that asks for events after
 * one that is not kept gets a {@code GAP} first. Thread-safe; its monitor is innermost.
 */
public final class EventRing {

  static final int MAX_EVENTS = 5_000;

  /** Characters of a text that are kept. */
  static final int MAX_TEXT = 2_000;

  private static final long IDS_OF_A_MILLISECOND = 1_000;

  private final TimeSource time;

  /** Guarded by this, as the field below. */
  private final Deque<NodeEvent> events = new ArrayDeque<>();

  private long nextId;

  /** An empty list. */
  public EventRing(TimeSource time) {
    this.time = time;
    nextId = time.unixMillis() * IDS_OF_A_MILLISECOND;
  }

  /** Appends an event, which waiting readers get. */
  public synchronized void add(Occurrence event) {
    if (events.size() == MAX_EVENTS) {
      events.removeFirst();
    }
    Instant now = Instant.ofEpochMilli(time.unixMillis());
    events.add(bounded(event).at(nextId++, now));
    notifyAll();
  }

  private static Occurrence bounded(Occurrence event) {
    String text = event.text();
    return text.length() <= MAX_TEXT
        ? event
        : new Occurrence(
            event.kind(),
            event.state(),
            event.arena(),
            event.peer(),
            event.path(),
            text.substring(0, MAX_TEXT) + "…");
  }

  /** The events after the one that the query names; waits for the first as it says. */
  public synchronized EventPage read(EventQuery query) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(query.waitSeconds()).toNanos();
    long left = end - System.nanoTime();
    while (query.since() != null && query.since() == nextId - 1 && left > 0) {
      wait(Math.max(1, Duration.ofNanos(left).toMillis()));
      left = end - System.nanoTime();
    }
    return page(query.since());
  }

  private EventPage page(@Nullable Long since) {
    long oldest = events.isEmpty() ? nextId : events.getFirst().id();
    List<NodeEvent> page = new ArrayList<>();
    long last = since == null ? oldest - 1 : since;
    if (last < oldest - 1 || last >= nextId) {
      last = oldest - 1;
      page.add(gap().at(last, Instant.ofEpochMilli(time.unixMillis())));
    }
    for (NodeEvent event : events) {
      if (event.id() > last && page.size() < EventPage.MAX_EVENTS) {
        page.add(event);
        last = event.id();
      }
    }
    return new EventPage(page, last);
  }

  private static Occurrence gap() {
    String text = "events between the last known one and the next are not kept";
    return new Occurrence(EventKind.GAP, EventState.HAPPENED, null, null, null, text);
  }
}
