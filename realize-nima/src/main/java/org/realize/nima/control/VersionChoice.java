package org.realize.nima.control;

/**
 * An order to show another version of a file.
 *
 * @param version the first digits of its hash, its id in the trash, or {@code deleted} for what
 *     nobody has the bytes of, at and below the path
 */
public record VersionChoice(ArenaPath path, String version) implements ControlRequest {}
