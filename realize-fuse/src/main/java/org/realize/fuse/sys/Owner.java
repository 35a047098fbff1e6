package org.realize.fuse.sys;

import org.realize.sync.posix.MountCalls;

/** The user and group that the mount shows as owner of everything. */
public record Owner(int uid, int gid) {

  /** The effective user and group. */
  public static Owner ofThisProcess() {
    return new Owner(MountCalls.user(), MountCalls.group());
  }
}
