package org.realize.sync.move;

import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;

/** A plain directory as a target, which takes everything. Immutable. */
public final class PlainTarget implements TargetRules {

  /** The files of the directory on a disk, under a name for people. */
  public static MoveTarget files(String name, Disk disk) {
    return new TargetFiles(name, disk, new PlainTarget());
  }

  private PlainTarget() {}

  @Override
  public void check(RelativePath path) {}

  @Override
  public void admit(RelativePath path) {}

  @Override
  public void admitThere(MovedFile there) {}
}
