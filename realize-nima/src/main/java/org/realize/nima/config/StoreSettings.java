package org.realize.nima.config;

/** The {@code [store]} table: what commits survive, and the store's page memory. */
public record StoreSettings(DurabilitySetting durability, ByteSize memory) {}
