package org.realize.fuse;

import java.nio.file.Path;
import java.util.Optional;
import org.realize.fuse.sys.Owner;

/**
 * The options of a mount.
 *
 * @param mountPoint an empty directory
 * @param owner the user and group that own everything in the mount; empty for those of this process
 * @param allowOther whether other users may enter, as the modes of files let them; others than root
 *     need {@code user_allow_other} in {@code /etc/fuse.conf} for it
 * @param passthrough whether the kernel may read local files itself where it can
 * @param events whether programs that watch the mount get events for changes that came by no call
 *     on it, where the driver can raise them
 * @param programs those whose reads need bytes that are not here
 */
public record MountOptions(
    Path mountPoint,
    Driver driver,
    Optional<Owner> owner,
    boolean allowOther,
    boolean passthrough,
    boolean events,
    ReadingPrograms programs) {

  /** All that {@code driver} can do. */
  public static MountOptions at(
      Path mountPoint,
      Driver driver,
      Optional<Owner> owner,
      boolean allowOther,
      boolean events,
      ReadingPrograms programs) {
    return new MountOptions(mountPoint, driver, owner, allowOther, true, events, programs);
  }
}
