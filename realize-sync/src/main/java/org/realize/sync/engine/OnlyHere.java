package org.realize.sync.engine;

/**
 * The files that this machine alone is known to hold.
 *
 * @param files how many
 * @param bytes the sum of their sizes
 */
public record OnlyHere(long files, long bytes) {}
