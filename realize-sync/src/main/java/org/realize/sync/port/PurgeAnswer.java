package org.realize.sync.port;

/**
 * The part of a peer's trash that it deleted when it was asked to.
 *
 * @param files it deleted
 * @param keptFiles it did not delete
 * @param cause the reason to keep the first of these; empty if there is none
 */
public record PurgeAnswer(long files, long bytes, long keptFiles, String cause) {}
