package org.realize.fuse.kernel;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.ReadingPrograms;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Created;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileView;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;

/**
 * The answers to requests that open, read and close files. The kernel keeps pages of an inode from
 * one open to the next unless the view says otherwise.
 *
 * <p>An answer that opens is written here: when the program has ended before, the kernel refuses
 * it, and will never release the handle. Thread-safe.
 */
final class FileRequests {

  private static final int SEEK_DATA = 3;
  private static final int SEEK_HOLE = 4;
  private static final int KILL_SUIDGID = 1;
  private static final int OPENED_BYTES = 16;

  private final FileView view;
  private final @Nullable EditableView edited;
  private final Device device;
  private final OpenInodes inodes;
  private final FileHandles handles;
  private final Waits waits;
  private final ReadingPrograms programs;

  FileRequests(
      FileView view,
      OpenInodes inodes,
      FileHandles handles,
      Waits waits,
      ReadingPrograms programs) {
    this.view = view;
    this.edited = view instanceof EditableView editable ? editable : null;
    this.device = waits.device();
    this.inodes = inodes;
    this.handles = handles;
    this.waits = waits;
    this.programs = programs;
  }

  int open(int channel, Request in, Reply out) throws RealizeException {
    Inode inode = in.inode();
    OpenFlags flags = new OpenFlags(in.bodyInt(0));
    if (edited == null) {
      return flags.writes() || flags.truncates() ? -Errno.EROFS : openToRead(channel, in, out);
    }
    OpenFile file = edited.open(inode, flags, in.caller());
    return opened(channel, in, out, new Opened(inode, file, flags, in.bodyInt(4)), 0);
  }

  /** Opens a file of a view that cannot be changed; the view may forget it while it is open. */
  private int openToRead(int channel, Request in, Reply out) throws RealizeException {
    Attributes attributes = view.attributes(in.inode());
    OpenFile file = view.open(in.inode());
    int backing = inodes.join(attributes, file);
    return answer(channel, in, out, 0, handles.add(in.inode(), file, false), file, backing);
  }

  /** Makes a file and opens it. */
  int create(int channel, Request in, Reply out, EditableView editable) throws RealizeException {
    EntryName at = new EntryName(in.inode(), in.newName(16));
    OpenFlags flags = new OpenFlags(in.bodyInt(0));
    return created(channel, in, out, flags, editable.create(at, mode(in), flags, in.caller()));
  }

  /** Makes a file without a name and opens it. */
  int createNameless(int channel, Request in, Reply out, EditableView editable)
      throws RealizeException {
    OpenFlags flags = new OpenFlags(in.bodyInt(0));
    Created created = editable.createNameless(in.inode(), mode(in), flags, in.caller());
    return created(channel, in, out, flags, created);
  }

  private static NewMode mode(Request in) {
    return new NewMode(in.bodyInt(4) & 07777, in.bodyInt(8));
  }

  private int created(int channel, Request in, Reply out, OpenFlags flags, Created created)
      throws RealizeException {
    Inode inode = created.attributes().inode();
    Opened opened = new Opened(inode, created.file(), flags, in.bodyInt(12));
    out.entry(0, created.attributes());
    return opened(channel, in, out, opened, Protocol.ENTRY_BYTES);
  }

  /**
   * A file that the view has opened.
   *
   * @param kernelFlags what the kernel says of it besides
   */
  private record Opened(Inode inode, OpenFile file, OpenFlags flags, int kernelFlags) {}

  private int opened(int channel, Request in, Reply out, Opened opened, int at)
      throws RealizeException {
    OpenFile file = opened.file();
    int backing;
    boolean counted = false;
    try {
      OpenFlags flags = opened.flags();
      if (flags.truncates() && flags.writes() && (opened.kernelFlags() & KILL_SUIDGID) != 0) {
        file.dropSetId();
      }
      backing = inodes.join(opened.inode(), file, opened.flags().writes());
      counted = true;
    } finally {
      if (!counted) {
        file.close();
      }
    }
    long handle = handles.add(opened.inode(), file, opened.flags().writes());
    return answer(channel, in, out, at, handle, file, backing);
  }

  private int answer(
      int channel, Request in, Reply out, int at, long handle, OpenFile file, int backing) {
    out.putLong(at, handle);
    out.putInt(at + 8, Protocol.Open.NOFLUSH | bits(backing, file.pages()));
    out.putInt(at + 12, backing);
    if (!device.write(channel, out.buffer(), out.seal(in.unique(), at + OPENED_BYTES))) {
      handles.release(handle);
    }
    return Reply.NONE;
  }

  private static int bits(int backing, OpenFile.Pages pages) {
    if (backing != OpenInodes.CACHED) {
      return Protocol.Open.PASSTHROUGH;
    }
    return switch (pages) {
      case KEPT -> Protocol.Open.KEEP_CACHE;
      case DROPPED -> 0;
      case UNCACHED -> Protocol.Open.DIRECT_IO;
    };
  }

  /**
   * Answers at once when the bytes are here; hands over to {@link Waits} when they are not, or
   * answers EIO to a program that none are fetched for.
   */
  int read(int channel, Request in, Reply out) throws RealizeException {
    OpenFile file = handles.file(in.bodyLong(0));
    long offset = in.bodyLong(8);
    int size = Math.min(in.bodyInt(16), Protocol.MAX_REQUEST_BYTES);
    ByteBuffer room = out.room(size);
    int read = file.readNow(offset, room);
    if (read != OpenFile.WOULD_WAIT) {
      return read;
    }
    String program = programs.admit(in.thread());
    if (program == null) {
      return -Errno.EIO;
    }
    Inode inode = in.inode();
    Waits.Wanted wanted =
        new Waits.Wanted(
            channel,
            in.unique(),
            size,
            reply -> {
              int length = file.read(offset, reply.room(size));
              programs.fetched(program, inode, length);
              return length;
            });
    return waits.start(wanted) ? Reply.NONE : -Errno.EAGAIN;
  }

  int seek(Request in, Reply out) throws RealizeException {
    OpenFile file = handles.file(in.bodyLong(0));
    long offset = in.bodyLong(8);
    int whence = in.bodyInt(16);
    if (whence != SEEK_DATA && whence != SEEK_HOLE) {
      return -Errno.EINVAL;
    }
    out.putLong(0, whence == SEEK_DATA ? file.nextData(offset) : file.nextHole(offset));
    return Long.BYTES;
  }

  int release(Request in) {
    handles.release(in.bodyLong(0));
    return 0;
  }
}
