package org.realize.nima.control;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event of a node: the begin or the end of what {@code status} shows, or what happened at once.
 *
 * @param id higher than those of all earlier events, also of the daemon's lives before
 * @param arena the arena that it is about; null where it is about none
 * @param peer the peer that it is about; null where it is about none
 * @param path in the arena; null where it is about none or several
 * @param text one line for people
 */
public record NodeEvent(
    long id,
    Instant time,
    EventKind kind,
    EventState state,
    @Nullable String arena,
    @Nullable String peer,
    @Nullable String path,
    String text) {

  /** The subject of an event. */
  public enum EventKind {
    /** More than one version of a path is current. */
    CONFLICT,
    /** A peer's changes wait for the user. */
    HELD,
    /** A root, or a place in it, is in doubt. */
    IN_DOUBT,
    /** Work went wrong and is retried. */
    FAILED,
    /** Bytes had changed on the disk. */
    DAMAGED,
    /** A local name cannot be shared. */
    SKIPPED,
    /** This node alone is known to hold files. */
    ONLY_HERE,
    /** So many further events of the same moment were left out. */
    OTHERS,
    /** An arena is not in sync, from the begin to the end. */
    SYNCING,
    /** An arena or a peer is paused. */
    PAUSED,
    /** A peer is connected. */
    PEER,
    /** A program had bytes fetched by reading in the mount, or more than its budget. */
    PROGRAM,
    /** A background loop does not do what it is for. */
    LOOP,
    /** The disk of the node's state is full. */
    DISK,
    /** A disk of the state, a root or a cache is nearly full. */
    LOW_DISK,
    /** A peer was not seen for long. */
    AWAY,
    /** An arena was not in sync for long. */
    OUT_OF_SYNC,
    /** An arena has had files that are only here for long. */
    AT_RISK,
    /** Events before this one are not known any more, or were never known here. */
    GAP
  }

  /** The part of an event's life that it notes. */
  public enum EventState {
    BEGUN,
    ENDED,
    /** It has no end. */
    HAPPENED
  }

  /** An event that is not in a list yet. */
  public record Occurrence(
      EventKind kind,
      EventState state,
      @Nullable String arena,
      @Nullable String peer,
      @Nullable String path,
      String text) {

    /** The event with its place in the list. */
    public NodeEvent at(long id, Instant time) {
      return new NodeEvent(id, time, kind, state, arena, peer, path, text);
    }

    /** The end of what has begun so. */
    public Occurrence ended() {
      return new Occurrence(kind, EventState.ENDED, arena, peer, path, text);
    }
  }

  /** The text with the part of the event's life in words. */
  public String line() {
    return (state == EventState.ENDED ? "ended: " : "") + text;
  }
}
