package org.realize.nima.control;

/**
 * An order to show another version of a file.
 *
 * @param version the first digits of its hash, or its id in the trash
 */
public record VersionChoice(ArenaPath path, String version) implements ControlRequest {}
