package org.realize.sync.rules.cache;

/**
 * How much a blob was used, as of a generation: since then it has been halved once a generation.
 *
 * @param units of 128 KiB served
 */
public record UseCount(int units, int generation) {}
