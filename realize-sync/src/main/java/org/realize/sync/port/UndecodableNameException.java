package org.realize.sync.port;

import java.nio.file.FileSystemException;

/** A name on the disk, or the target of a link, is not valid UTF-8. */
public final class UndecodableNameException extends FileSystemException {
  private static final long serialVersionUID = 1L;

  /**
   * @param path where it is
   * @param printable the name, with what is not UTF-8 escaped
   */
  public UndecodableNameException(String path, String printable) {
    super(path, null, "not valid UTF-8: " + printable);
  }
}
