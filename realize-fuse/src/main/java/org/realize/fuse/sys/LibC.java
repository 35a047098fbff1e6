package org.realize.fuse.sys;

import jnr.ffi.Pointer;

/**
 * The C library's functions as jnr-ffi binds them: addresses are plain {@code long}s, a failure is
 * −1 with errno in the runtime. {@link SystemCalls} is the way to call them.
 */
public interface LibC {

  int open(long path, int flags, int mode);

  int close(int descriptor);

  long read(int descriptor, long buffer, long count);

  long write(int descriptor, long buffer, long count);

  int ioctl(int descriptor, long request, long argument);

  int poll(long descriptors, long count, int timeoutMillis);

  int mount(long source, long target, long type, long flags, long data);

  int umount2(long target, int flags);

  int statfs(long path, long buffer);

  int geteuid();

  int getegid();

  int umask(int mask);

  int socketpair(int domain, int type, int protocol, long pair);

  long recvmsg(int descriptor, long message, int flags);

  int fcntl(int descriptor, int command, long argument);

  /** Its last argument is a {@code Pointer}: jnr-ffi hands over a sixth {@code long} wrongly. */
  int posix_spawn(
      long pid, long path, long fileActions, long attributes, long arguments, Pointer environment);

  int waitpid(int pid, long status, int options);
}
