package org.realize.fuse;

/** How mounts of the kernel driver begin and end. */
final class KernelMountLifeIT extends MountLifeContract {

  @Override
  Driver driver() {
    return Driver.KERNEL;
  }
}
