package org.realize.sync.port;

import java.io.IOException;

/** A failure for want of room: ENOSPC or EDQUOT. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1L;

  public DiskFullException(String message, Throwable cause) {
    super(message, cause);
  }

  public DiskFullException(String message) {
    super(message);
  }
}
