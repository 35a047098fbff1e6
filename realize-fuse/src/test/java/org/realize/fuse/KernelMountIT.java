package org.realize.fuse;

/** The contract on the kernel driver. */
final class KernelMountIT extends MountContract {

  @Override
  Driver driver() {
    return Driver.KERNEL;
  }
}
