package org.realize.sync.port;

import java.nio.file.FileSystemException;

/** A refusal by a file system that lacks the operation; nothing has changed. */
public final class NotSupportedException extends FileSystemException {
  private static final long serialVersionUID = 1L;

  public NotSupportedException(String path, String action) {
    super(path, null, action + ": the file system cannot do this");
  }
}
