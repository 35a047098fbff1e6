package org.realize.sync.port;

import java.io.IOException;

/**
 * An operation on a disk that was released, so that it can be unplugged: nothing is known of it.
 */
public final class ReleasedException extends IOException {

  private static final long serialVersionUID = 1;

  /** The failure of an operation on {@code root}. */
  public ReleasedException(String root) {
    super(root + " was released");
  }
}
