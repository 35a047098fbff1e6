package org.realize.sync.move;

/**
 * The state of a move, in numbers.
 *
 * @param files of all arenas that were begun, as listed at their start
 * @param bytes of these files
 * @param doneFiles moved or found at the target
 * @param doneBytes of these
 * @param failedFiles that stay where they are
 * @param copiedBytes sent as they are
 * @param comparedBytes of which only hashes were exchanged
 * @param deltaBytes of the deltas sent
 * @param repairedBytes that these deltas made right
 */
public record MoveTotals(
    long files,
    long bytes,
    long doneFiles,
    long doneBytes,
    long failedFiles,
    long copiedBytes,
    long comparedBytes,
    long deltaBytes,
    long repairedBytes) {

  /** Before anything is begun. */
  public static final MoveTotals NONE = new MoveTotals(0, 0, 0, 0, 0, 0, 0, 0, 0);
}
