package org.realize.sync.view;

/**
 * The thread of a program that asks, as the kernel names it.
 *
 * @param uid its user for file systems
 * @param gid its group for file systems; further groups are in {@code /proc/THREAD/status}
 * @param thread its thread id, 0 when it is of a namespace that this process does not see
 */
public record Caller(int uid, int gid, int thread) {}
