package org.realize.sync.view;

/**
 * The user and group that own a file. −1 stands for what is not given: in attributes the owner of
 * the mount, in a change what is there already.
 */
public record FileOwner(int uid, int gid) {

  /** Neither user nor group. */
  public static final FileOwner NOT_GIVEN = new FileOwner(-1, -1);
}
