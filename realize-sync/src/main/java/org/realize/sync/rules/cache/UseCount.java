package org.realize.sync.rules.cache;

/**
 * The use of a blob as of a generation, halved once a generation.
 *
 * @param units of 128 KiB served
 */
public record UseCount(int units, int generation) {}
