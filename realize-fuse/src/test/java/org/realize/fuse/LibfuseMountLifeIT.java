package org.realize.fuse;

/** Tests of the start and end of mounts of the libfuse driver. */
final class LibfuseMountLifeIT extends MountLifeContract {

  @Override
  Driver driver() {
    return Driver.LIBFUSE;
  }
}
