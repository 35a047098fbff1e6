package org.realize.sync.port;

import java.io.IOException;

/** There is no room left: ENOSPC or EDQUOT. */
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1L;

  public DiskFullException(String message, Throwable cause) {
    super(message, cause);
  }

  public DiskFullException(String message) {
    super(message);
  }
}
