package org.realize.fuse;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;

/**
 * A tree of files as a program changes it: through a mount, on a plain directory, or straight in
 * the view. Failures are {@link Tree.Refused} with an error number. Numbers of flags are Linux's.
 */
interface EditedTree {

  int O_WRONLY = 1;
  int O_RDWR = 2;
  int O_CREAT = 0100;
  int O_EXCL = 0200;
  int O_TRUNC = 01000;
  int O_APPEND = 02000;
  int NOREPLACE = 1;
  int EXCHANGE = 2;
  int SEEK_DATA = 3;
  int SEEK_HOLE = 4;

  /** The answer of statx, without what differs between any two file systems. */
  record Stat(int mode, int uid, int gid, int links, long size, int device) {

    int permissions() {
      return mode & 07777;
    }
  }

  /** The times of a file; {@code born} is null where the file system has none. */
  record Times(FileTime accessed, FileTime modified, FileTime changed, @Nullable FileTime born) {}

  Stat stat(String path) throws IOException;

  Times times(String path) throws IOException;

  long inode(String path) throws IOException;

  /** The names of a directory, sorted, without {@code .} and {@code ..}. */
  List<String> names(String path) throws IOException;

  String target(String path) throws IOException;

  void mkdir(String path, int mode) throws IOException;

  void rmdir(String path) throws IOException;

  void unlink(String path) throws IOException;

  void rename(String from, String to, int flags) throws IOException;

  void link(String from, String to) throws IOException;

  void symlink(String target, String path) throws IOException;

  void mknod(String path, int mode, int device) throws IOException;

  void chmod(String path, int mode) throws IOException;

  void chown(String path, int uid, int gid) throws IOException;

  void truncate(String path, long size) throws IOException;

  /** Sets both times, or both to now if they are null. */
  void utimens(String path, @Nullable FileTime accessed, @Nullable FileTime modified)
      throws IOException;

  void setAttribute(String path, String name, byte[] value, int flags) throws IOException;

  byte[] attribute(String path, String name) throws IOException;

  List<String> attributeNames(String path) throws IOException;

  void removeAttribute(String path, String name) throws IOException;

  EditedFile open(String path, int flags, int mode) throws IOException;

  /** An open file of an edited tree. */
  interface EditedFile extends AutoCloseable {

    byte[] read(long offset, int count) throws IOException;

    /** Writes at the offset, or at the end of a file that is open to append. */
    int write(long offset, byte[] bytes) throws IOException;

    void truncate(long size) throws IOException;

    void allocate(int mode, long offset, long length) throws IOException;

    long seek(long offset, int whence) throws IOException;

    void sync() throws IOException;

    Stat stat() throws IOException;

    /** True if the name by which it was opened is gone, though its inode may have another one. */
    default boolean isUnlinked() throws IOException {
      return false;
    }

    @Override
    void close() throws IOException;
  }
}
