package org.realize.fuse.kernel;

import org.realize.fuse.kernel.Protocol.Init;
import org.realize.fuse.sys.Owner;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.NativeBuffer;

/**
 * The agreement of kernel and driver at the start.
 *
 * @param minor the kernel's protocol version
 * @param passthrough whether the kernel can read local files itself
 */
record Handshake(int minor, boolean passthrough) {

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
   * Answers INIT, the first request. Many read-ahead reads may be outstanding, since some may wait
   * for a peer and must not hold up those of other files.
   */
  static Handshake shake(Device device, Owner owner, boolean passthrough) throws RealizeException {
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
    Handshake agreed = answer(device, owner, in, passthrough);
    return agreed;
  }

  private static Handshake answer(Device device, Owner owner, Request in, boolean passthrough)
      throws RealizeException {
    int minor = in.bodyInt(4);
    long offered = Integer.toUnsignedLong(in.bodyInt(12));
    if ((offered & Init.INIT_EXT) != 0) {
      offered |= (long) in.bodyInt(16) << Integer.SIZE;
    }
    long taken = offered & (WANTED | (passthrough ? Init.PASSTHROUGH : 0));
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
    out.putInt(36, passes ? 1 : 0); // local files lie on no stacked file system
    int channel = device.channels().getFirst();
    if (!device.write(channel, out.buffer(), out.seal(in.unique(), BODY_BYTES))) {
      throw new RealizeException.StorageFailed("mount: the kernel refused the handshake", null);
    }
    return new Handshake(minor, passes);
  }
}
