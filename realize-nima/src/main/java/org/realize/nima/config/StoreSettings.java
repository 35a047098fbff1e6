package org.realize.nima.config;

import org.realize.store.journal.Durability;

/** The {@code [store]} table: which crash a commit survives, and the size of the page memory. */
public record StoreSettings(Durability durability, ByteSize memory) {}
