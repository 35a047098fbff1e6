package org.realize.sync.port;

/**
 * The size of an arena: of the shown files, and of those that are real on this peer.
 *
 * @param conflicts paths of which more than one version is current
 */
public record Totals(long files, long bytes, long realFiles, long realBytes, long conflicts) {
  public static final Totals NONE = new Totals(0, 0, 0, 0, 0);

  public Totals withConflicts(long other) {
    return new Totals(files, bytes, realFiles, realBytes, other);
  }
}
