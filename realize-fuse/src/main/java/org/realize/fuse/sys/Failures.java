package org.realize.fuse.sys;

import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The errno of each failed request, for the program; the cause of each EIO goes to the log. */
public final class Failures {

  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  private Failures() {}

  /**
   * What a program sees of {@code failure}. Bytes that no peer can give now are EHOSTUNREACH,
   * whatever kept them away; EIO is for what is broken, and its cause belongs in the log.
   */
  public static int errno(RealizeException failure) {
    return switch (failure) {
      case RealizeException.NotFound _ -> Errno.ENOENT;
      case RealizeException.NotADirectory _ -> Errno.ENOTDIR;
      case RealizeException.IsADirectory _ -> Errno.EISDIR;
      case RealizeException.Invalid _ -> Errno.EINVAL;
      case RealizeException.InDoubt _ -> Errno.EROFS;
      case RealizeException.Unreachable _ -> Errno.EHOSTUNREACH;
      case RealizeException.VersionGone _ -> Errno.EHOSTUNREACH;
      case RealizeException.TimedOut _ -> Errno.EHOSTUNREACH;
      case RealizeException.WouldWait _ -> Errno.EAGAIN;
      case RealizeException.Denied _ -> Errno.EACCES;
      case RealizeException.DiskFull _ -> Errno.ENOSPC;
      case RealizeException.Corrupt _ -> Errno.EIO;
      case RealizeException.ProtocolBroken _ -> Errno.EIO;
      case RealizeException.StorageFailed _ -> Errno.EIO;
      case RealizeException.CallFailed refused -> refused.errno();
    };
  }

  /** The errno of an expected failure, which is logged. */
  public static int errno(String action, RealizeException failure) {
    int errno = errno(failure);
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
