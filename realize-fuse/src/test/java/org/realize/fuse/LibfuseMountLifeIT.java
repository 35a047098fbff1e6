package org.realize.fuse;

/** How mounts of the libfuse driver begin and end. */
final class LibfuseMountLifeIT extends MountLifeContract {

  @Override
  Driver driver() {
    return Driver.LIBFUSE;
  }
}
