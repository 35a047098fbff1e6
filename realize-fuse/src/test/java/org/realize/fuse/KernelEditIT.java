package org.realize.fuse;

/** The contract of edits on the kernel driver. */
final class KernelEditIT extends MountEditContract {

  @Override
  Driver driver() {
    return Driver.KERNEL;
  }
}
