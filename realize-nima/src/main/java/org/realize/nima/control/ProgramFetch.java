package org.realize.nima.control;

import java.time.Instant;

/**
 * A file of which a program had bytes fetched by reading it in the mount.
 *
 * @param program the name of its process, {@code ?} if it had ended or cannot be seen
 * @param path in the mount
 * @param bytes what its reads that waited for a peer have returned
 * @param reads how many these were
 */
public record ProgramFetch(
    String program, String path, long bytes, long reads, Instant first, Instant last) {}
