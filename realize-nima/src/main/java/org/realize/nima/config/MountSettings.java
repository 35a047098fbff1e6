package org.realize.nima.config;

import java.nio.file.Path;
import org.realize.fuse.Driver;

/** The mount of a node: where, absolute, and by which driver. */
public record MountSettings(Path path, Driver driver) {}
