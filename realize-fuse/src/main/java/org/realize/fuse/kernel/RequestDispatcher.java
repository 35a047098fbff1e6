package org.realize.fuse.kernel;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.kernel.Protocol.Opcode;
import org.realize.fuse.sys.Failures;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;

/**
 * The dispatcher of requests. Those that write go to {@link EditRequests}, or are EROFS where the
 * view cannot be changed.
 */
final class RequestDispatcher {

  private static final byte[] NO_NAMES = {};

  /** More than any answer has that may come late. */
  private static final int LATE_REPLY_BYTES = 1024;

  private final NodeRequests nodes;
  private final DirectoryRequests directories;
  private final FileRequests files;
  private final @Nullable EditRequests edits;
  private final @Nullable ChangeReplay replay;
  private final Waits waits;
  private final Device device;

  /** Set when the mount is being closed: the view is not asked any more. */
  private volatile boolean closed;

  RequestDispatcher(
      NodeRequests nodes,
      DirectoryRequests directories,
      FileRequests files,
      @Nullable EditRequests edits,
      @Nullable ChangeReplay replay,
      Waits waits) {
    this.nodes = nodes;
    this.directories = directories;
    this.files = files;
    this.edits = edits;
    this.replay = replay;
    this.waits = waits;
    this.device = waits.device();
  }

  void close() {
    closed = true;
  }

  /** Answers the request in {@code in}, which came over {@code channel}. */
  void answer(int channel, Request in, Reply out) {
    int body;
    try {
      body = closed ? whenClosed(in) : body(channel, in, out);
    } catch (RealizeException.WouldWait later) {
      body = answerLater(channel, in.copy());
    } catch (RealizeException e) {
      body = -Failures.errno("request " + in.opcode(), e);
    } catch (RuntimeException | Error e) {
      body = -Failures.bug("request " + in.opcode(), e);
    }
    if (body != Reply.NONE) {
      device.write(channel, out.buffer(), out.seal(in.unique(), body));
    }
  }

  /** Has another thread answer a request that has had no effect yet. */
  private int answerLater(int channel, Request in) {
    Waits.Wanted wanted =
        new Waits.Wanted(channel, in.unique(), LATE_REPLY_BYTES, reply -> body(channel, in, reply));
    return waits.start(wanted) ? Reply.NONE : -Errno.EAGAIN;
  }

  private int body(int channel, Request in, Reply out) throws RealizeException {
    if (replay != null && replay.isOwn(in)) {
      Optional<Integer> replayed = replay.answer(in, out);
      if (replayed.isPresent()) {
        return replayed.get();
      }
    }
    return switch (in.opcode()) {
      case Opcode.LOOKUP -> nodes.lookup(in, out);
      case Opcode.GETATTR -> nodes.attributes(in, out);
      case Opcode.READLINK -> nodes.readLink(in, out);
      case Opcode.STATFS -> nodes.capacity(in, out);
      case Opcode.STATX -> nodes.statx(in, out);
      case Opcode.GETXATTR -> nodes.extendedAttribute(in, out);
      case Opcode.OPENDIR -> directories.open(in, out);
      case Opcode.READDIR -> directories.list(in, out, false);
      case Opcode.READDIRPLUS -> directories.list(in, out, true);
      case Opcode.OPEN -> files.open(channel, in, out);
      case Opcode.READ -> files.read(channel, in, out);
      case Opcode.LSEEK -> files.seek(in, out);
      case Opcode.RELEASE -> files.release(in);
      case Opcode.RELEASEDIR, Opcode.FLUSH, Opcode.DESTROY -> 0;
      case Opcode.FORGET -> nodes.forget(in);
      case Opcode.BATCH_FORGET -> nodes.forgetBatch(in);
      case Opcode.INTERRUPT -> interrupt(in, out);
      default -> edits == null ? withoutEdits(in, out) : edits.answer(channel, in, out);
    };
  }

  /** Answers what a view that cannot be changed has no effect of. */
  private static int withoutEdits(Request in, Reply out) {
    return switch (in.opcode()) {
      case Opcode.FSYNC, Opcode.FSYNCDIR -> 0;
      case Opcode.LISTXATTR -> out.value(NO_NAMES, in.bodyInt(0)); // so that copies take none along
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
          Opcode.COPY_FILE_RANGE,
          Opcode.COPY_FILE_RANGE_64 ->
          -Errno.EROFS;
      default -> -Errno.ENOSYS;
    };
  }

  private int interrupt(Request in, Reply out) {
    long unique = in.bodyLong(0);
    if (!waits.interrupt(unique) && (edits == null || !edits.isRunning(unique))) {
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
