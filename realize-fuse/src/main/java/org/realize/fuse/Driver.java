package org.realize.fuse;

/** The way to speak to the kernel. */
public enum Driver {
  /**
   * The FUSE protocol itself over {@code /dev/fuse}: the faster one, and the default. It has local
   * files read by the kernel (passthrough, as root on Linux 6.9 or newer), notifies the kernel of
   * changes, and lets an open file keep its whole version when its name gets another one.
   */
  KERNEL,
  /**
   * The C library libfuse 2.9 by jnr-fuse. A change shows within a second. The kernel takes the
   * size of a new version for open files of the old one: a shorter one cuts them off, and reads to
   * the end of what a longer one replaced are ESTALE.
   */
  LIBFUSE
}
