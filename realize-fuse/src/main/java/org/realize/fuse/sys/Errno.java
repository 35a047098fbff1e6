package org.realize.fuse.sys;

import org.realize.sync.model.RealizeException;

/** Linux error numbers, as positive numbers, and the one mapping of expected failures to them. */
public final class Errno {

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int EINTR = 4;
  public static final int EIO = 5;
  public static final int ENXIO = 6;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int ENODEV = 19;
  public static final int ENOTDIR = 20;
  public static final int EISDIR = 21;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int EROFS = 30;
  public static final int ERANGE = 34;
  public static final int ENAMETOOLONG = 36;
  public static final int ENOSYS = 38;
  public static final int ENODATA = 61;
  public static final int ESTALE = 116;
  public static final int EOPNOTSUPP = 95;
  public static final int ENOTCONN = 107;
  public static final int EHOSTUNREACH = 113;

  private Errno() {}

  /**
   * What a program sees of {@code failure}. Bytes that nobody can give now are EHOSTUNREACH,
   * whatever kept them away; EIO is for what is broken, and its cause belongs in the log.
   */
  public static int of(RealizeException failure) {
    return switch (failure) {
      case RealizeException.NotFound _ -> ENOENT;
      case RealizeException.NotADirectory _ -> ENOTDIR;
      case RealizeException.IsADirectory _ -> EISDIR;
      case RealizeException.Invalid _ -> EINVAL;
      case RealizeException.ReadOnly _, RealizeException.InDoubt _ -> EROFS;
      case RealizeException.Unreachable _ -> EHOSTUNREACH;
      case RealizeException.VersionGone _ -> EHOSTUNREACH;
      case RealizeException.TimedOut _ -> EHOSTUNREACH;
      case RealizeException.Denied _ -> EACCES;
      case RealizeException.DiskFull _ -> ENOSPC;
      case RealizeException.Corrupt _ -> EIO;
      case RealizeException.ProtocolBroken _ -> EIO;
      case RealizeException.StorageFailed _ -> EIO;
    };
  }

  /** The name and number, for messages. */
  public static String text(int errno) {
    return switch (errno) {
      case EPERM -> "operation not permitted (EPERM)";
      case ENOENT -> "no such file or directory (ENOENT)";
      case EACCES -> "permission denied (EACCES)";
      case EBUSY -> "in use (EBUSY)";
      case ENODEV -> "no such device (ENODEV)";
      case ENOTDIR -> "not a directory (ENOTDIR)";
      case EINVAL -> "invalid argument (EINVAL)";
      case ENOTCONN -> "transport endpoint is not connected (ENOTCONN)";
      default -> "errno " + errno;
    };
  }
}
