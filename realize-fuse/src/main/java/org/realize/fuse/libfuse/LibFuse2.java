package org.realize.fuse.libfuse;

import jnr.ffi.Pointer;
import jnr.ffi.byref.IntByReference;
import jnr.ffi.byref.PointerByReference;
import jnr.ffi.types.size_t;
import ru.serce.jnrfuse.struct.FuseOperations;

/** The functions of libfuse 2.9 that the driver calls itself, as jnr-ffi binds them. */
public interface LibFuse2 {

  /**
   * Mounts and makes the library's object. With {@code -f} it stays in the foreground and in its
   * directory, and takes over no signal that the JVM handles.
   */
  Pointer fuse_setup(
      int count,
      String[] arguments,
      FuseOperations operations,
      @size_t long operationsBytes,
      PointerByReference mountPoint,
      IntByReference multithreaded,
      Pointer userData);

  int fuse_loop(Pointer fuse);

  /** Unmounts if that has not been done, and frees {@code fuse} and {@code mountPoint}. */
  void fuse_teardown(Pointer fuse, Pointer mountPoint);

  /** "struct fuse_context" of the request that this thread answers. */
  Pointer fuse_get_context();

  /** Non-zero when the request that this thread answers was interrupted. */
  int fuse_interrupted();
}
