package org.realize.fuse.sys;

import org.realize.sync.posix.MountCalls;

/** A user and group: those that the mount shows as owner of everything, or those who mount. */
public record Owner(int uid, int gid) {

  /** The effective user and group of this process, which mounts. */
  public static Owner ofThisProcess() {
    return new Owner(MountCalls.user(), MountCalls.group());
  }
}
