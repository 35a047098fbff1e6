package org.realize.fuse;

/** The contract on the libfuse driver. */
final class LibfuseMountIT extends MountContract {

  @Override
  Driver driver() {
    return Driver.LIBFUSE;
  }
}
