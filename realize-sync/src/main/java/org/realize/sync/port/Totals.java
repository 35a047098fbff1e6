package org.realize.sync.port;

/** The size of an arena: of the shown files, and of those that are real on this peer. */
public record Totals(long files, long bytes, long realFiles, long realBytes) {
  public static final Totals NONE = new Totals(0, 0, 0, 0);
}
