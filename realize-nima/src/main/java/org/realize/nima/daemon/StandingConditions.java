package org.realize.nima.daemon;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.NoticeSettings.StandingTimes;
import org.realize.nima.control.ArenaPhase.PhaseKind;
import org.realize.nima.control.ArenaStatus;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.NodeEvent.EventKind;
import org.realize.nima.control.NodeEvent.EventState;
import org.realize.nima.control.NodeEvent.Occurrence;
import org.realize.nima.control.PeerStatus;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.Rows;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The conditions of a node that are noticed once they have stood for long: peers that are away,
 * arenas that are not in sync, files that are only here, disks that are nearly full. Each is
 * noticed once until it ends. How long a condition stands counts while the daemon runs; what is
 * noticed is durable at once, how long the others stand at the daemon's end. Used by one thread.
 */
final class StandingConditions {

  private static final Logger LOG = LoggerFactory.getLogger(StandingConditions.class);

  /** The part of what Realize leaves free that has to be free beside it before a notice ends. */
  private static final int SPARE_PART = 4;

  private static final String STATE = "the state";

  /** A condition by its key: the kind of its event, and what it is about. */
  record ConditionKey(EventKind kind, String subject) {}

  /**
   * A condition that stands.
   *
   * @param millis for how long
   */
  private record StandingCondition(ConditionKey key, long millis, boolean isNoticed) {}

  private static final Rows<List<StandingCondition>> STANDING =
      Rows.ofLists(
          "notices.standing",
          1,
          (out, item) ->
              out.putText(item.key().kind().name())
                  .putText(item.key().subject())
                  .putNumber(item.millis())
                  .putByte(item.isNoticed() ? 1 : 0),
          in ->
              new StandingCondition(
                  new ConditionKey(EventKind.valueOf(in.getText()), in.getText()),
                  in.getNumber(),
                  in.getByte() == 1));

  /** The room on the file system of a directory. */
  @FunctionalInterface
  interface DiskRoom {
    DiskUsage of(Path directory) throws RealizeException;
  }

  /** An observation of a condition. */
  private enum Standing {
    STANDS,
    ENDED,
    /** It stays as it was. */
    UNKNOWN
  }

  private final GlobalStore global;
  private final StandingTimes times;
  private final Path state;
  private final DiskRoom room;
  private Map<ConditionKey, StandingCondition> known = new LinkedHashMap<>();

  /** The row as it is in the store. */
  private List<StandingCondition> saved;

  /** True if what is noticed is not in the store yet. */
  private boolean isUnsaved;

  /**
   * Reads what stood when the daemon ended.
   *
   * @param state the directory of the node's state
   */
  StandingConditions(GlobalStore global, StandingTimes times, Path state, DiskRoom room)
      throws RealizeException {
    this.global = global;
    this.times = times;
    this.state = state;
    this.room = room;
    saved = global.row(STANDING).orElse(List.of());
    saved.forEach(each -> known.put(each.key(), each));
  }

  /**
   * The notices that begin and end now.
   *
   * @param passed the time since the last look
   */
  List<Occurrence> look(HouseholdStatus status, Duration passed) {
    Map<ConditionKey, Standing> seen = seen(status);
    Map<ConditionKey, StandingCondition> next = new LinkedHashMap<>();
    List<Occurrence> events = new ArrayList<>();
    seen.forEach((key, standing) -> {
      StandingCondition before = known.get(key);
      if (standing == Standing.STANDS) {
        next.put(key, stands(key, before, passed, events));
      } else if (standing == Standing.UNKNOWN && before != null) {
        next.put(key, before);
      }
    });
    for (StandingCondition before : known.values()) {
      if (before.isNoticed() && !next.containsKey(before.key())) {
        events.add(event(before.key()).ended());
      }
    }
    known = next;
    isUnsaved |= !events.isEmpty();
    if (isUnsaved) {
      save();
    }
    return events;
  }

  private StandingCondition stands(
      ConditionKey key,
      @Nullable StandingCondition before,
      Duration passed,
      List<Occurrence> events) {
    long millis = before == null ? 0 : before.millis() + passed.toMillis();
    boolean isNoticed = before != null && before.isNoticed();
    if (!isNoticed && millis >= time(key.kind()).orElseThrow().toMillis()) {
      isNoticed = true;
      events.add(event(key));
    }
    return new StandingCondition(key, millis, isNoticed);
  }

  /** Writes what stands; what cannot be written is written with a later look. */
  void save() {
    List<StandingCondition> now = List.copyOf(known.values());
    try {
      if (!now.equals(saved)) {
        global.putRow(STANDING, now);
        saved = now;
      }
      isUnsaved = false;
    } catch (StorageFailed e) {
      LOG.debug("keep what notices stand: {}", e.oneLine());
    }
  }

  private Optional<Duration> time(EventKind kind) {
    return switch (kind) {
      case AWAY -> times.peerAway();
      case OUT_OF_SYNC -> times.notInSync();
      case AT_RISK -> times.onlyHere();
      case LOW_DISK -> times.lowDisk();
      default -> Optional.empty();
    };
  }

  private Map<ConditionKey, Standing> seen(HouseholdStatus status) {
    Map<ConditionKey, Standing> seen = new LinkedHashMap<>();
    for (PeerStatus peer : status.peers()) {
      seen.put(new ConditionKey(EventKind.AWAY, peer.name().value()), standsIf(!peer.connected()));
    }
    seen.put(new ConditionKey(EventKind.LOW_DISK, STATE), disk(STATE, state));
    for (ArenaStatus arena : status.arenas()) {
      String name = arena.name().value();
      boolean isInSync = arena.work().done() && arena.phase().isInSync();
      seen.put(new ConditionKey(EventKind.OUT_OF_SYNC, name), standsIf(!isInSync));
      seen.put(
          new ConditionKey(EventKind.AT_RISK, name),
          arena.onlyHere() == null ? Standing.UNKNOWN : standsIf(arena.onlyHere().files() > 0));
      String cache = "the cache of arena " + name;
      seen.put(new ConditionKey(EventKind.LOW_DISK, cache), standsIf(arena.cache().isFull()));
      if (arena.root() != null) {
        String root = "the root of arena " + name;
        boolean isSure = arena.phase().kind() != PhaseKind.IN_DOUBT;
        seen.put(
            new ConditionKey(EventKind.LOW_DISK, root),
            isSure ? disk(root, Path.of(arena.root())) : Standing.UNKNOWN);
      }
    }
    seen.keySet().removeIf(key -> time(key.kind()).isEmpty());
    return seen;
  }

  private static Standing standsIf(boolean stands) {
    return stands ? Standing.STANDS : Standing.ENDED;
  }

  /** A disk on which the room changes a little all the time is noticed once all the same. */
  private Standing disk(String subject, Path directory) {
    if (times.lowDisk().isEmpty()) {
      return Standing.ENDED;
    }
    try {
      DiskUsage usage = room.of(directory);
      long margin = DiskUsage.minFreeBytes(usage.totalBytes()) / SPARE_PART;
      boolean isNoticed =
          Optional.ofNullable(known.get(new ConditionKey(EventKind.LOW_DISK, subject)))
              .filter(StandingCondition::isNoticed)
              .isPresent();
      return standsIf(usage.spareBytes() < (isNoticed ? margin : 0));
    } catch (RealizeException e) {
      LOG.debug("look for room of {}: {}", subject, e.oneLine());
      return Standing.UNKNOWN;
    }
  }

  private Occurrence event(ConditionKey key) {
    String subject = key.subject();
    String time = time(key.kind()).map(StandingConditions::words).orElse("long");
    boolean isCache = subject.startsWith("the cache ");
    return switch (key.kind()) {
      case AWAY ->
          begun(
              key.kind(), null, subject, "peer %s: not connected for %s".formatted(subject, time));
      case OUT_OF_SYNC ->
          begun(key.kind(), subject, null, "arena %s: not in sync for %s".formatted(subject, time));
      case AT_RISK ->
          begun(
              key.kind(),
              subject,
              null,
              "arena %s: has had files that are only here for %s; 'realize copies --at-risk' lists them"
                  .formatted(subject, time));
      default ->
          begun(
              key.kind(),
              null,
              null,
              isCache
                  ? "%s is full, and nothing in it can be evicted".formatted(subject)
                  : "the disk of %s is nearly full".formatted(subject));
    };
  }

  private static Occurrence begun(
      EventKind kind, @Nullable String arena, @Nullable String peer, String text) {
    return new Occurrence(kind, EventState.BEGUN, arena, peer, null, text);
  }

  /** A time in the largest unit that leaves no rest, as the configuration writes it. */
  private static String words(Duration time) {
    if (time.toHours() % 24 == 0 && time.toHours() > 0) {
      return time.toDays() + " d";
    }
    return time.toMinutes() % 60 == 0 && time.toHours() > 0
        ? time.toHours() + " h"
        : time.toMinutes() + " min";
  }
}
