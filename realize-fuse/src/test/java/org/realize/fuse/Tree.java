package org.realize.fuse;

import java.io.IOException;
import java.util.List;
import org.realize.sync.model.FileTime;
import org.realize.sync.view.FileKind;

/**
 * A tree of files as a program sees it, through a mount or straight from the view. Failures are
 * {@link Refused} with an error number.
 */
interface Tree {

  /** The answer of stat. */
  record Stat(long inode, FileKind kind, int mode, long size, int links, FileTime mtime) {}

  /** A call that ended with an error number. */
  final class Refused extends IOException {
    private static final long serialVersionUID = 1L;
    final int errno;

    Refused(int errno) {
      super("errno " + errno);
      this.errno = errno;
    }
  }

  Stat stat(String path) throws IOException;

  /** The names of a directory in its order, {@code .} and {@code ..} too. */
  List<String> names(String path) throws IOException;

  String target(String path) throws IOException;

  /** Opens, reads once at {@code offset} up to {@code count} bytes, closes. */
  byte[] read(String path, long offset, int count) throws IOException;

  /** The value of an extended attribute. */
  byte[] attribute(String path, String name) throws IOException;
}
