package org.realize.fuse;

import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * The options of a mount.
 *
 * @param mountPoint an empty directory
 * @param uid who owns everything in the mount; empty for the user of this process
 * @param gid the group of everything in the mount; empty for the group of this process
 * @param allowOther whether other users may enter; others than root need {@code user_allow_other}
 *     in {@code /etc/fuse.conf} for it
 * @param passthrough whether the kernel may read local files itself where it can
 */
public record MountOptions(
    Path mountPoint,
    Driver driver,
    OptionalInt uid,
    OptionalInt gid,
    boolean allowOther,
    boolean passthrough) {

  /** All that {@code driver} can do, everything owned by this process's user, for that user. */
  public static MountOptions at(Path mountPoint, Driver driver) {
    return new MountOptions(
        mountPoint, driver, OptionalInt.empty(), OptionalInt.empty(), false, true);
  }
}
