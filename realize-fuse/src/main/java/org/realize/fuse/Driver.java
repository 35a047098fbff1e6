package org.realize.fuse;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The way to speak to the kernel. */
public enum Driver {
  /** The FUSE protocol itself over {@code /dev/fuse}: the faster one, and the default. */
  KERNEL,
  /** The C library libfuse 2.9 by jnr-fuse. */
  LIBFUSE;

  /** The name in the configuration. */
  public String configured() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The driver of that name in the configuration; empty for any other text. */
  public static Optional<Driver> ofConfigured(String name) {
    return Arrays.stream(values()).filter(driver -> driver.configured().equals(name)).findFirst();
  }

  public Capabilities capabilities() {
    return Capabilities.of(this);
  }
}
