package org.realize.nima.config;

import java.nio.file.Path;

/** The mount of a node: where, absolute, and by which driver. */
public record MountSettings(Path path, MountDriver driver) {}
