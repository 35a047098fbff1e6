package org.realize.nima.config;

/** The driver that speaks to the kernel for the mount. */
public enum MountDriver {
  /** The FUSE protocol itself, on /dev/fuse. */
  KERNEL,
  /** libfuse 2 through jnr-fuse. */
  LIBFUSE
}
