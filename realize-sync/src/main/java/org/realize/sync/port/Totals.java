package org.realize.sync.port;

/** How much an arena holds: what it shows, and what of it is real on this peer. */
public record Totals(long files, long bytes, long realFiles, long realBytes) {
  public static final Totals NONE = new Totals(0, 0, 0, 0);
}
