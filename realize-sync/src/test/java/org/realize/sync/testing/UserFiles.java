package org.realize.sync.testing;

import java.io.IOException;
import org.realize.sync.model.FileTime;

/**
 * The changes of a user to the files below a disk's root, made around Realize. Paths are relative,
 * {@code /}-separated.
 */
public interface UserFiles {

  /** Writes a whole file, new or in place of the old bytes (same inode). */
  void write(String path, byte[] bytes) throws IOException;

  byte[] read(String path) throws IOException;

  /** Opens a file, which is there, for writing, and maps as much as it holds. */
  OpenUserFile open(String path) throws IOException;

  void createDirectory(String path) throws IOException;

  void symbolicLink(String path, String target) throws IOException;

  void hardLink(String path, String existing) throws IOException;

  /** Something that is neither file, directory nor link. */
  void fifo(String path) throws IOException;

  /** A file whose name is {@code prefix} and one byte that is not UTF-8. */
  void undecodable(String directory, String prefix) throws IOException;

  void rename(String from, String to) throws IOException;

  /** Removes a file, a link or a directory with all that is in it. */
  void delete(String path) throws IOException;

  void mode(String path, int mode) throws IOException;

  void mtime(String path, FileTime time) throws IOException;
}
