package org.realize.fuse.sys;

import java.lang.ref.Reference;
import java.util.function.IntSupplier;
import jnr.ffi.LibraryLoader;

/**
 * The kernel's entry points. Every method returns what the C function returns, or −errno; none
 * throws, none retries. Safe for all threads; a buffer belongs to its caller. A call blocks its
 * carrier thread: those that may wait ({@link #read}, {@link #poll}, {@link #umount}) belong on
 * platform threads.
 */
public final class SystemCalls {

  public static final int O_RDONLY = 0;
  public static final int O_RDWR = 2;
  public static final int O_CLOEXEC = 0x80000;
  public static final long MS_NOSUID = 2;
  public static final long MS_NODEV = 4;
  public static final int MNT_FORCE = 1;
  public static final int MNT_DETACH = 2;
  public static final int UMOUNT_NOFOLLOW = 8;
  private static final short POLLIN = 1;
  private static final int STATFS_BYTES = 256;

  private final LibC c;
  private final jnr.ffi.Runtime runtime;

  private SystemCalls(LibC c) {
    this.c = c;
    this.runtime = jnr.ffi.Runtime.getRuntime(c);
  }

  /** Binds the C library of this process. */
  public static SystemCalls load() {
    return new SystemCalls(LibraryLoader.create(LibC.class).failImmediately().load("c"));
  }

  private int result(int returned) {
    return returned >= 0 ? returned : -runtime.getLastError();
  }

  private int result(long returned) {
    return returned >= 0 ? (int) returned : -runtime.getLastError();
  }

  /** Makes {@code call} with {@code used} kept from the garbage collector until it has returned. */
  static int keeping(IntSupplier call, NativeBuffer... used) {
    try {
      return call.getAsInt();
    } finally {
      Reference.reachabilityFence(used);
    }
  }

  public int open(String path, int flags) {
    NativeBuffer name = NativeBuffer.ofText(path);
    return keeping(() -> result(c.open(name.address(), flags | O_CLOEXEC, 0)), name);
  }

  public int close(int descriptor) {
    return result(c.close(descriptor));
  }

  /** Reads at most {@code count} bytes to the start of {@code buffer}. */
  public int read(int descriptor, NativeBuffer buffer, int count) {
    return result(c.read(descriptor, buffer.address(), count));
  }

  /** Writes the first {@code count} bytes of {@code buffer}. */
  public int write(int descriptor, NativeBuffer buffer, int count) {
    return result(c.write(descriptor, buffer.address(), count));
  }

  public int ioctl(int descriptor, long request, NativeBuffer argument) {
    return keeping(() -> result(c.ioctl(descriptor, request, argument.address())), argument);
  }

  /** 1 when {@code descriptor} is readable within the time, 0 when it is not. */
  public int poll(int descriptor, int timeoutMillis) {
    NativeBuffer entry = NativeBuffer.allocate(8);
    entry.bytes().putInt(0, descriptor).putShort(4, POLLIN);
    return keeping(() -> result(c.poll(entry.address(), 1, timeoutMillis)), entry);
  }

  public int mount(String source, String target, String type, long flags, String options) {
    NativeBuffer sourceText = NativeBuffer.ofText(source);
    NativeBuffer targetText = NativeBuffer.ofText(target);
    NativeBuffer typeText = NativeBuffer.ofText(type);
    NativeBuffer optionText = NativeBuffer.ofText(options);
    return keeping(
        () ->
            result(
                c.mount(
                    sourceText.address(),
                    targetText.address(),
                    typeText.address(),
                    flags,
                    optionText.address())),
        sourceText,
        targetText,
        typeText,
        optionText);
  }

  public int umount(String target, int flags) {
    NativeBuffer text = NativeBuffer.ofText(target);
    return keeping(() -> result(c.umount2(text.address(), flags)), text);
  }

  /**
   * Asks the file system at {@code path} for its figures, which are not returned; 0 when it
   * answers.
   */
  public int statfs(String path) {
    NativeBuffer text = NativeBuffer.ofText(path);
    NativeBuffer figures = NativeBuffer.allocate(STATFS_BYTES);
    return keeping(() -> result(c.statfs(text.address(), figures.address())), text, figures);
  }

  /** The effective user and group of this process. */
  public Owner owner() {
    return new Owner(c.geteuid(), c.getegid());
  }

  /** Sets the process's file creation mask; returns the former one. */
  public int umask(int mask) {
    return c.umask(mask);
  }

  LibC c() {
    return c;
  }

  jnr.ffi.Runtime runtime() {
    return runtime;
  }

  int failure() {
    return -runtime.getLastError();
  }
}
