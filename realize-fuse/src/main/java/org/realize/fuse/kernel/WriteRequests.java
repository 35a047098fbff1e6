package org.realize.fuse.kernel;

import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.view.EditableView;

/**
 * The answers to requests that change, or make durable, the content of an open file. Written bytes
 * go from the request's own buffer to the view. Thread-safe.
 */
final class WriteRequests {

  private static final int KILL_SUIDGID = 1 << 2;
  private static final int O_APPEND = 02000;
  private static final int DATA_ONLY = 1;
  private static final int DATA_OFFSET = 40;

  /** The most that one request copies: the program asks again for the rest. */
  private static final long MAX_COPY_BYTES = 1 << 30;

  private final EditableView view;
  private final FileHandles handles;
  private final SlowRequests slow;

  WriteRequests(EditableView view, FileHandles handles, SlowRequests slow) {
    this.view = view;
    this.handles = handles;
    this.slow = slow;
  }

  /**
   * Writes at the request's offset, but at the end of a file that is open to append: the kernel
   * knows the end only as it was when it last asked.
   */
  int write(Request in, Reply out) throws RealizeException {
    OpenFile file = handles.file(in.bodyLong(0));
    if ((in.bodyInt(20) & KILL_SUIDGID) != 0) {
      file.dropSetId();
    }
    boolean appends = (in.bodyInt(32) & O_APPEND) != 0;
    int written = file.write(in.bodyLong(8), in.slice(DATA_OFFSET, in.bodyInt(16)), appends);
    out.putInt(0, written);
    out.putInt(4, 0);
    return Long.BYTES;
  }

  int allocate(int channel, Request in, Reply out) throws RealizeException {
    OpenFile file = handles.file(in.bodyLong(0));
    long offset = in.bodyLong(8);
    long length = in.bodyLong(16);
    int mode = in.bodyInt(24);
    return slow.answer(
        channel,
        in.unique(),
        out,
        reply -> {
          file.allocate(mode, offset, length);
          return 0;
        });
  }

  int copy(int channel, Request in, Reply out) throws RealizeException {
    OpenFile source = handles.file(in.bodyLong(0));
    long sourceOffset = in.bodyLong(8);
    OpenFile target = handles.file(in.bodyLong(24));
    long offset = in.bodyLong(32);
    long length = Math.min(in.bodyLong(40), MAX_COPY_BYTES);
    return slow.answer(
        channel,
        in.unique(),
        out,
        reply -> {
          reply.putLong(0, target.copyFrom(source, sourceOffset, offset, length));
          return Long.BYTES;
        });
  }

  int force(int channel, Request in, Reply out) throws RealizeException {
    OpenFile file = handles.file(in.bodyLong(0));
    boolean dataOnly = (in.bodyInt(8) & DATA_ONLY) != 0;
    return slow.answer(
        channel,
        in.unique(),
        out,
        reply -> {
          file.force(dataOnly);
          return 0;
        });
  }

  int forceDirectory(int channel, Request in, Reply out) throws RealizeException {
    Inode directory = in.inode();
    return slow.answer(
        channel,
        in.unique(),
        out,
        reply -> {
          view.force(directory);
          return 0;
        });
  }
}
