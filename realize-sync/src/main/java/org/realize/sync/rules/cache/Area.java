package org.realize.sync.rules.cache;

/** A part of the cache with a queue of its own. */
public enum Area {
  /** What is new, in the order of its last use. */
  WORKING(0),
  /** What was used often enough for its size. */
  PROTECTED(1),
  /** What goes as soon as room is needed, and may serve until then. */
  PENDING(2);

  private final int ring;

  Area(int ring) {
    this.ring = ring;
  }

  /** The number of its queue. */
  int ring() {
    return ring;
  }

  static Area of(int ring) {
    return switch (ring) {
      case 0 -> WORKING;
      case 1 -> PROTECTED;
      case 2 -> PENDING;
      default -> throw new IllegalArgumentException("no area has ring " + ring);
    };
  }
}
