package org.realize.nima.config;

import java.nio.file.Path;
import java.util.Optional;
import org.realize.fuse.Driver;
import org.realize.fuse.sys.Owner;

/**
 * The mount of a node.
 *
 * @param path absolute
 * @param allowOther true if other users of the machine may enter, as modes and owner let them
 * @param owner of everything in it; empty for the user and group of the daemon
 * @param events true if programs that watch it get events for changes of peers
 */
public record MountSettings(
    Path path, Driver driver, boolean allowOther, Optional<Owner> owner, boolean events) {

  /** A mount for the daemon's user alone. */
  static MountSettings at(Path path, boolean events) {
    return new MountSettings(path, Driver.KERNEL, false, Optional.empty(), events);
  }
}
