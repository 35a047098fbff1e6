package org.realize.fuse;

/** Tests of the start and end of mounts of the kernel driver. */
final class KernelMountLifeIT extends MountLifeContract {

  @Override
  Driver driver() {
    return Driver.KERNEL;
  }
}
