package org.realize.fuse.kernel;

import org.realize.fuse.kernel.Protocol.Opcode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.EditableView;

/** The dispatcher of requests that change an editable view. */
final class EditRequests {

  private final EditableView view;
  private final FileRequests files;
  private final SlowRequests slow;
  private final NameRequests names;
  private final AttributeRequests attributes;
  private final WriteRequests writes;

  EditRequests(
      EditableView view,
      Handshake agreed,
      FileHandles handles,
      GoneNodes gone,
      FileRequests files,
      SlowRequests slow) {
    this.view = view;
    this.files = files;
    this.slow = slow;
    this.names = new NameRequests(view, gone);
    this.attributes = new AttributeRequests(view, handles, agreed);
    this.writes = new WriteRequests(view, handles, slow);
  }

  int answer(int channel, Request in, Reply out) throws RealizeException {
    return switch (in.opcode()) {
      case Opcode.WRITE -> writes.write(in, out);
      case Opcode.CREATE -> files.create(channel, in, out, view);
      case Opcode.TMPFILE -> files.createNameless(channel, in, out, view);
      case Opcode.MKNOD -> names.makeNode(in, out);
      case Opcode.MKDIR -> names.makeDirectory(in, out);
      case Opcode.SYMLINK -> names.makeLink(in, out);
      case Opcode.LINK -> names.link(in, out);
      case Opcode.RENAME -> names.rename(in);
      case Opcode.RENAME2 -> names.renameByKind(in);
      case Opcode.UNLINK -> names.remove(in);
      case Opcode.RMDIR -> names.removeDirectory(in);
      case Opcode.SETATTR -> attributes.change(in, out);
      case Opcode.LISTXATTR -> attributes.names(in, out);
      case Opcode.SETXATTR -> attributes.set(in);
      case Opcode.REMOVEXATTR -> attributes.remove(in);
      case Opcode.FALLOCATE -> writes.allocate(channel, in, out);
      case Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64 -> writes.copy(channel, in, out);
      case Opcode.FSYNC -> writes.force(channel, in, out);
      case Opcode.FSYNCDIR -> writes.forceDirectory(channel, in, out);
      default -> -Errno.ENOSYS;
    };
  }

  /** True while the request is being answered by a thread that is not a reader's. */
  boolean isRunning(long unique) {
    return slow.isRunning(unique);
  }
}
