package org.realize.nima.control;

import java.util.List;

/**
 * A part of the list of events, in their order.
 *
 * @param events at most {@link #MAX_EVENTS}
 * @param last the id to ask with for those after them
 */
public record EventPage(List<NodeEvent> events, long last) {

  public static final int MAX_EVENTS = 500;

  public EventPage {
    events = List.copyOf(events);
  }
}
