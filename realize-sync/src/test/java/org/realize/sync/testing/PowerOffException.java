package org.realize.sync.testing;

import java.io.IOException;

/** The power is off: every operation fails until {@link MemoryDisk#powerCut}. */
public final class PowerOffException extends IOException {
  private static final long serialVersionUID = 1L;

  public PowerOffException() {
    super("the power is off");
  }
}
