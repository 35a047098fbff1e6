package org.realize.nima.daemon;

import java.util.function.Consumer;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.observe.EventRing;
import org.realize.sync.engine.StatusChange;
import org.realize.sync.engine.StatusChange.ChangeKind;
import org.realize.sync.model.ArenaName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log and the list of events as one arena writes to them. Thread-safe. */
record ArenaEvents(ArenaName arena, EventRing events) implements Consumer<StatusChange> {

  private static final Logger LOG = LoggerFactory.getLogger(ArenaEvents.class);

  @Override
  public void accept(StatusChange change) {
    LOG.warn("arena {}: {}", arena, change.line());
    events.add(
        new Occurrence(
            kind(change.kind()),
            change.hasEnded() ? EventState.ENDED : EventState.BEGUN,
            arena.toString(),
            null,
            change.subject().isEmpty() ? null : change.subject(),
            "arena %s: %s".formatted(arena, change.text())));
  }

  private static EventKind kind(ChangeKind kind) {
    return switch (kind) {
      case CONFLICT -> EventKind.CONFLICT;
      case HELD -> EventKind.HELD;
      case IN_DOUBT -> EventKind.IN_DOUBT;
      case FAILED -> EventKind.FAILED;
      case DAMAGED -> EventKind.DAMAGED;
      case SKIPPED -> EventKind.SKIPPED;
      case ONLY_HERE -> EventKind.ONLY_HERE;
      case OTHERS -> EventKind.OTHERS;
    };
  }
}
