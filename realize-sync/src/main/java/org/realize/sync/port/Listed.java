package org.realize.sync.port;

/** A node of a listing, with the cursor that goes on after it. */
public record Listed(long cursor, Node node) {}
