package org.realize.sync.real;

/**
 * The abilities of a root's file system.
 *
 * @param caseSensitive {@code a} and {@code A} are two names
 * @param keepsNormalisation composed and decomposed Unicode are two names
 * @param modeBits permission bits stay as they were set
 * @param timeGrainNanos modification times are multiples of this
 * @param symbolicLinks links can be made
 * @param maxNameBytes the longest name
 */
public record RootCapabilities(
    boolean caseSensitive,
    boolean keepsNormalisation,
    boolean modeBits,
    long timeGrainNanos,
    boolean symbolicLinks,
    int maxNameBytes) {

  /** An ordinary Linux file system. */
  public static final RootCapabilities FULL = new RootCapabilities(true, true, true, 1, true, 255);
}
