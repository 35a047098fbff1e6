package org.realize.sync.model;

import java.util.Locale;

/** The part of a path that this peer really keeps. Inherited from the nearest marked ancestor. */
public enum Mark {
  /** Bytes come on demand and may be evicted. */
  WATCH,
  /** Cached whole and never evicted. */
  KEEP,
  /**
   * A real file below the arena's root that follows updates; acts as {@link #KEEP} without a root.
   */
  OWN;

  /**
   * {@code watch}, {@code keep} or {@code own}; throws {@link IllegalArgumentException} otherwise.
   */
  public static Mark parse(String text) {
    for (Mark mark : values()) {
      if (mark.toString().equals(text)) {
        return mark;
      }
    }
    throw new IllegalArgumentException("mark '" + text + "': use watch, keep or own");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
