package org.realize.fuse.kernel;

import org.realize.fuse.kernel.Protocol.Init;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.NativeBuffer;

/**
 * The agreement of kernel and driver at the start.
 *
 * @param minor the kernel's protocol version
 * @param passthrough whether the kernel can read and write local files itself
 * @param hasLongSetting whether SETXATTR has the longer header
 */
record Handshake(int minor, boolean passthrough, boolean hasLongSetting) {

  private static final int MAX_BACKGROUND = 512;
  private static final int DEADLINE_MILLIS = 10_000;
  private static final int BODY_BYTES = 64;
  private static final long WANTED =
      Init.ASYNC_READ
          | Init.ATOMIC_O_TRUNC
          | Init.BIG_WRITES
          | Init.DO_READDIRPLUS
          | Init.READDIRPLUS_AUTO
          | Init.PARALLEL_DIROPS
          | Init.MAX_PAGES
          | Init.CACHE_SYMLINKS
          | Init.INIT_EXT;

  /**
   * The further features of a mount that can be written. The page cache is never written back
   * later: size and times would be the kernel's own then, whatever other programs do to the file.
   * Set-id bits, and the umask where a directory has no default ACL, are the view's.
   */
  private static final long WANTED_TO_WRITE =
      Init.DONT_MASK
          | Init.POSIX_ACL
          | Init.HANDLE_KILLPRIV_V2
          | Init.SETXATTR_EXT
          | Init.DIRECT_IO_ALLOW_MMAP;

  /** Local files may lie on an overlay, as those of containers do. */
  private static final int MAX_STACK_DEPTH = 2;

  /**
   * Answers INIT, the first request. Many read-ahead reads may be outstanding, since some may wait
   * for a peer and must not hold up those of other files.
   */
  static Handshake shake(Device device, Owner owner, boolean passthrough, boolean isEdited)
      throws RealizeException {
    Request in = new Request(Protocol.MAX_REQUEST_BYTES + 4096);
    int channel = device.channels().getFirst();
    if (!device.isReadable(DEADLINE_MILLIS)) {
      throw new RealizeException.StorageFailed("mount: the kernel did not begin to talk", null);
    }
    int length = device.read(channel, in);
    if (!in.filled(length) || in.opcode() != Protocol.Opcode.INIT) {
      throw new RealizeException.StorageFailed("mount: the kernel did not begin with INIT", null);
    }
    int minor = in.bodyInt(4);
    if (in.bodyInt(0) != Protocol.MAJOR || minor < Protocol.OLDEST_MINOR) {
      throw new RealizeException.StorageFailed(
          "mount: the kernel speaks FUSE " + in.bodyInt(0) + "." + minor + ", 7.31 is needed",
          null);
    }
    long wanted = WANTED | (passthrough ? Init.PASSTHROUGH : 0) | (isEdited ? WANTED_TO_WRITE : 0);
    return answer(device, owner, in, wanted);
  }

  private static Handshake answer(Device device, Owner owner, Request in, long wanted)
      throws RealizeException {
    int minor = in.bodyInt(4);
    long offered = Integer.toUnsignedLong(in.bodyInt(12));
    if ((offered & Init.INIT_EXT) != 0) {
      offered |= (long) in.bodyInt(16) << Integer.SIZE;
    }
    long taken = offered & wanted;
    boolean passes = (taken & Init.PASSTHROUGH) != 0;
    Reply out = new Reply(NativeBuffer.allocate(Protocol.OUT_HEADER_BYTES + BODY_BYTES), owner);
    out.zero(0, BODY_BYTES);
    out.putInt(0, Protocol.MAJOR);
    out.putInt(4, Math.min(minor, Protocol.NEWEST_MINOR));
    out.putInt(8, Protocol.MAX_REQUEST_BYTES); // read-ahead, capped by the kernel's own
    out.putInt(12, (int) taken);
    out.putInt(16, MAX_BACKGROUND | (MAX_BACKGROUND * 3 / 4) << Short.SIZE);
    out.putInt(20, Protocol.MAX_REQUEST_BYTES);
    out.putInt(24, 1); // times are kept to the nanosecond
    out.putInt(28, Protocol.MAX_PAGES);
    out.putInt(32, (int) (taken >>> Integer.SIZE));
    out.putInt(36, passes ? MAX_STACK_DEPTH : 0);
    int channel = device.channels().getFirst();
    if (!device.write(channel, out.buffer(), out.seal(in.unique(), BODY_BYTES))) {
      throw new RealizeException.StorageFailed("mount: the kernel refused the handshake", null);
    }
    return new Handshake(minor, passes, (taken & Init.SETXATTR_EXT) != 0);
  }
}
