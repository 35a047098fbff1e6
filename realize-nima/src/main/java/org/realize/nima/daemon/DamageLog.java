package org.realize.nima.daemon;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Tags;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.observe.AuditLog;
import org.realize.nima.observe.EventRing;
import org.realize.nima.observe.Metrics;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.engine.Scrub;
import org.realize.sync.model.ArenaName;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The record of bytes of an arena that had changed on the disk: log, audit log, events and metrics.
 * Thread-safe.
 */
final class DamageLog implements Scrub.ScrubListener {

  private static final Logger LOG = LoggerFactory.getLogger(DamageLog.class);

  private final ArenaName arena;
  private final AuditLog audit;
  private final EventRing events;
  private final Counter checked;
  private final Counter wrong;
  private final Counter unrepaired;

  DamageLog(ArenaName arena, AuditLog audit, Metrics metrics, EventRing events) {
    this.events = events;
    this.arena = arena;
    this.audit = audit;
    Tags tags = Tags.of("arena", arena.toString());
    checked =
        metrics.counter("realize.checked.bytes", "Bytes compared with their hash again", tags);
    wrong = metrics.counter("realize.wrong.bytes", "Bytes that the disk had changed", tags);
    unrepaired =
        metrics.counter("realize.unrepaired", "Damage that no peer had the right bytes of", tags);
  }

  @Override
  public void checked(long bytes) {
    checked.increment((double) bytes);
  }

  @Override
  public void damaged(String subject, ContentVerifier.Result result) {
    String line = "arena %s: %s: %s".formatted(arena, subject, result.describe());
    LOG.warn("{}", line);
    audit.write(line);
    events.add(
        new Occurrence(EventKind.DAMAGED, EventState.HAPPENED, arena.toString(), null, null, line));
    wrong.increment((double) result.wrongBytes());
    if (result.isUnrepaired()) {
      unrepaired.increment();
    }
  }
}
