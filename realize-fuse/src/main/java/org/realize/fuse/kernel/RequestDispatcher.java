package org.realize.fuse.kernel;

import org.realize.fuse.kernel.Protocol.Opcode;
import org.realize.fuse.sys.Failures;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;

/**
 * The dispatcher of requests. The mount is read-only: a request that writes is answered with EROFS.
 */
final class RequestDispatcher {

  private final NodeRequests nodes;
  private final DirectoryRequests directories;
  private final FileRequests files;
  private final Waits waits;
  private final Device device;

  /** Set when the mount is being closed: the view is not asked any more. */
  private volatile boolean closed;

  RequestDispatcher(
      NodeRequests nodes,
      DirectoryRequests directories,
      FileRequests files,
      Waits waits,
      Device device) {
    this.nodes = nodes;
    this.directories = directories;
    this.files = files;
    this.waits = waits;
    this.device = device;
  }

  void close() {
    closed = true;
  }

  /** Answers the request in {@code in}, which came over {@code channel}. */
  void answer(int channel, Request in, Reply out) {
    int body;
    try {
      body = closed ? whenClosed(in) : body(channel, in, out);
    } catch (RealizeException e) {
      body = -Failures.errno("request " + in.opcode(), e);
    } catch (RuntimeException | Error e) {
      body = -Failures.bug("request " + in.opcode(), e);
    }
    if (body != Reply.NONE) {
      device.write(channel, out.buffer(), out.seal(in.unique(), body));
    }
  }

  private int body(int channel, Request in, Reply out) throws RealizeException {
    return switch (in.opcode()) {
      case Opcode.LOOKUP -> nodes.lookup(in, out);
      case Opcode.GETATTR -> nodes.attributes(in, out);
      case Opcode.READLINK -> nodes.readLink(in, out);
      case Opcode.STATFS -> nodes.capacity(out);
      case Opcode.GETXATTR -> nodes.extendedAttribute(in, out);
      case Opcode.LISTXATTR -> nodes.extendedAttributeNames(in, out);
      case Opcode.OPENDIR -> directories.open(in, out);
      case Opcode.READDIR -> directories.list(in, out, false);
      case Opcode.READDIRPLUS -> directories.list(in, out, true);
      case Opcode.OPEN -> files.open(channel, in, out);
      case Opcode.READ -> files.read(channel, in, out);
      case Opcode.LSEEK -> files.seek(in, out);
      case Opcode.RELEASE -> files.release(in);
      case Opcode.RELEASEDIR, Opcode.FLUSH, Opcode.FSYNC, Opcode.FSYNCDIR, Opcode.DESTROY -> 0;
      case Opcode.FORGET, Opcode.BATCH_FORGET -> Reply.NONE; // inodes are persistent
      case Opcode.INTERRUPT -> interrupt(in, out);
      case Opcode.SETATTR,
          Opcode.SYMLINK,
          Opcode.MKNOD,
          Opcode.MKDIR,
          Opcode.UNLINK,
          Opcode.RMDIR,
          Opcode.RENAME,
          Opcode.RENAME2,
          Opcode.LINK,
          Opcode.WRITE,
          Opcode.SETXATTR,
          Opcode.REMOVEXATTR,
          Opcode.CREATE,
          Opcode.TMPFILE,
          Opcode.FALLOCATE,
          Opcode.COPY_FILE_RANGE ->
          -Errno.EROFS;
      default -> -Errno.ENOSYS;
    };
  }

  private int interrupt(Request in, Reply out) {
    if (!waits.interrupt(in.bodyLong(0))) {
      device.postponeInterrupt(in.unique(), out.buffer());
    }
    return Reply.NONE;
  }

  private int whenClosed(Request in) {
    return switch (in.opcode()) {
      case Opcode.FORGET, Opcode.BATCH_FORGET, Opcode.INTERRUPT -> Reply.NONE;
      case Opcode.RELEASE -> files.release(in);
      case Opcode.RELEASEDIR, Opcode.FLUSH, Opcode.DESTROY -> 0;
      default -> -Errno.ENOTCONN;
    };
  }
}
