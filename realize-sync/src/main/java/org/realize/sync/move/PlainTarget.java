package org.realize.sync.move;

import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.real.RootCapabilities;

/** A plain directory as a target, which takes everything. Immutable. */
public final class PlainTarget implements TargetRules {

  /** The files of the directory on a disk, under a name for people. */
  public static MoveTarget files(String name, Disk disk, RootCapabilities capabilities) {
    return new TargetFiles(name, disk, capabilities, new PlainTarget());
  }

  private PlainTarget() {}

  @Override
  public void check(RelativePath path) {}

  @Override
  public void admit(RelativePath path) {}

  @Override
  public void admitThere(MovedFile there) {}

  /** Of a plain directory nobody knows which version is the older one. */
  @Override
  public boolean replaces(MovedFile file, MovedFile there) {
    return false;
  }

  @Override
  public ApplyProtocol.ApplyOutcome replace(MovedFile file, MovedFile there) {
    return ApplyProtocol.ApplyOutcome.UNSUPPORTED;
  }
}
