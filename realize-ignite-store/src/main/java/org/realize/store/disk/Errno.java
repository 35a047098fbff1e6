package org.realize.store.disk;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.NotLinkException;
import org.realize.sync.port.DiskFullException;

/** Linux error numbers that are told apart, and the one place that turns them into exceptions. */
final class Errno {

  static final int EPERM = 1;
  static final int ENOENT = 2;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int E2BIG = 7;
  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EEXIST = 17;
  static final int EXDEV = 18;
  static final int ENOTDIR = 20;
  static final int EISDIR = 21;
  static final int EINVAL = 22;
  static final int ENOTTY = 25;
  static final int ENOSPC = 28;
  static final int ERANGE = 34;
  static final int ENOSYS = 38;
  static final int ENOTEMPTY = 39;
  static final int ELOOP = 40;
  static final int EOPNOTSUPP = 95;
  static final int EDQUOT = 122;

  private Errno() {}

  /** A symbolic link on the way gives {@code NotDirectoryException}: it is none to us. */
  static IOException exception(int errno, String action, String path) {
    return switch (errno) {
      case ENOENT -> new NoSuchFileException(path);
      case EEXIST -> new FileAlreadyExistsException(path);
      case ENOTDIR, ELOOP -> new NotDirectoryException(path);
      case ENOTEMPTY -> new DirectoryNotEmptyException(path);
      case EPERM, EACCES ->
          new AccessDeniedException(path, null, action + ": " + Native.describe(errno));
      case ENOSPC, EDQUOT ->
          new DiskFullException(path + ": " + action + ": " + Native.describe(errno));
      default -> new FileSystemException(path, null, action + ": " + Native.describe(errno));
    };
  }

  static IOException notALink(String path) {
    return new NotLinkException(path);
  }
}
