package org.realize.fuse.sys;

/** The user and group that the mount shows as owner of everything. */
public record Owner(int uid, int gid) {

  public boolean isRoot() {
    return uid == 0;
  }
}
