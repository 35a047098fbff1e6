package org.realize.fuse.sys;

import org.realize.sync.model.RealizeException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The errno of each failed request, for the program; the cause of each EIO goes to the log. */
public final class Failures {

  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /** The errno of an expected failure. */
  public static int errno(String action, RealizeException failure) {
    int errno = Errno.of(failure);
    if (errno == Errno.EIO) {
      LOG.warn("{} failed: {}", action, failure.oneLine());
    } else {
      LOG.debug("{} failed: {}", action, failure.oneLine());
    }
    return errno;
  }

  /** The errno of an unexpected one. */
  public static int bug(String action, Throwable bug) {
    LOG.error("{} failed by a bug, answered as EIO", action, bug);
    return Errno.EIO;
  }
}
