package org.realize.nima.config;

/** The {@code [store]} table: which crash a commit survives, and the size of the page memory. */
public record StoreSettings(DurabilitySetting durability, ByteSize memory) {}
