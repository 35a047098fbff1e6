package org.realize.fuse;

import jnr.ffi.LibraryLoader;
import jnr.ffi.Pointer;
import org.jspecify.annotations.Nullable;

/** The C functions that tests call where the JDK's own would hide what the mount answers. */
public interface Posix {

  Posix CALLS = LibraryLoader.create(Posix.class).failImmediately().load("c");

  int O_RDONLY = 0;
  int O_WRONLY = 1;
  int O_RDWR = 2;
  int O_CREAT = 0100;
  int O_TRUNC = 01000;
  int SEEK_DATA = 3;
  int SEEK_HOLE = 4;

  int open(byte[] path, int flags, int mode);

  int close(int descriptor);

  long pread(int descriptor, byte[] buffer, long count, long offset);

  long lseek(int descriptor, long offset, int whence);

  Pointer opendir(byte[] path);

  Pointer readdir(Pointer directory);

  void seekdir(Pointer directory, long position);

  int closedir(Pointer directory);

  long lgetxattr(byte[] path, byte[] name, byte[] value, long size);

  long llistxattr(byte[] path, byte[] list, long size);

  int lsetxattr(byte[] path, byte[] name, byte[] value, long size, int flags);

  int lremovexattr(byte[] path, byte[] name);

  int mkdir(byte[] path, int mode);

  int rmdir(byte[] path);

  int unlink(byte[] path);

  int rename(byte[] from, byte[] to);

  int symlink(byte[] target, byte[] path);

  int link(byte[] from, byte[] to);

  int chmod(byte[] path, int mode);

  int lchown(byte[] path, int uid, int gid);

  int truncate(byte[] path, long size);

  int utimensat(int directory, byte[] path, Pointer times, int flags);

  int mknod(byte[] path, int mode, long device);

  long readlink(byte[] path, byte[] target, long size);

  int renameat2(int fromDirectory, byte[] from, int toDirectory, byte[] to, int flags);

  int statx(int directory, byte[] path, int flags, int mask, Pointer answer);

  long pwrite(int descriptor, byte[] bytes, long count, long offset);

  int ftruncate(int descriptor, long size);

  int fallocate(int descriptor, int mode, long offset, long length);

  int fsync(int descriptor);

  int umask(int mask);

  int flock(int descriptor, int operation);

  int linkat(int fromDirectory, byte[] from, int toDirectory, byte[] to, int flags);

  long copy_file_range(
      int in,
      @Nullable Pointer inOffset,
      int out,
      @Nullable Pointer outOffset,
      long count,
      int flags);

  /** The error number of this thread's last call. */
  static int errno() {
    return jnr.ffi.Runtime.getRuntime(CALLS).getLastError();
  }

  /** The NUL-terminated UTF-8 of {@code text}. */
  static byte[] text(String text) {
    return (text + "\0").getBytes(java.nio.charset.StandardCharsets.UTF_8);
  }
}
