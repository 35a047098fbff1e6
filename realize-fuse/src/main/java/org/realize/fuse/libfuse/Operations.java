package org.realize.fuse.libfuse;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.provider.jffi.ClosureHelper;
import org.realize.fuse.sys.Failures;
import org.realize.fuse.sys.Owner;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Capacity;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.FileView;
import ru.serce.jnrfuse.FuseFillDir;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseOperations;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * libfuse's table of operations, answered from the view. The mount is read-only: whatever would
 * write is EROFS. The library calls from many threads at a time; each operation returns 0, a count
 * or −errno and never throws. Of what is open it gives the handle and no path: a file's handle is
 * its number in {@link Handles}, a directory's its inode.
 *
 * <p>Three places of the binding are set by hand: the flags behind the 38 pointers, which it takes
 * for padding; {@code direct_io} and {@code keep_cache} in byte 20 of the file information; and the
 * handle at its byte 24.
 */
final class Operations {

  private static final int ACCESS_MODE = 3;
  private static final int O_TRUNC = 01000;
  private static final int FLAGS_OFFSET = 38 * Long.BYTES;
  private static final byte NULL_PATH_AND_NO_PATH = 3;
  private static final int INFO_BITS_OFFSET = 20;
  private static final int INFO_HANDLE_OFFSET = 24;
  private static final byte DIRECT_IO = 1;
  private static final byte KEEP_CACHE = 2;
  private static final long FIRST_CHILD = 2;
  private static final int BATCH = 128;
  private static final int MAX_NAME_BYTES = 255;
  private static final int PREFERRED_READ_BYTES = 128 << 10;
  private static final String OURS = "user.realize.";

  private final FileView view;
  private final Paths paths;
  private final Handles handles;
  private final Reads reads;
  private final Owner owner;
  private final FuseOperations table;

  Operations(
      jnr.ffi.Runtime runtime,
      FileView view,
      Paths paths,
      Handles handles,
      Reads reads,
      Owner owner) {
    this.view = view;
    this.paths = paths;
    this.handles = handles;
    this.reads = reads;
    this.owner = owner;
    this.table = new FuseOperations(runtime);
    Struct.getMemory(table).putByte(FLAGS_OFFSET, NULL_PATH_AND_NO_PATH);
    setReading();
    setWriting();
  }

  /** Must stay reachable while the library runs, with the callbacks that it holds. */
  FuseOperations table() {
    return table;
  }

  private interface FuseOperation {
    int run() throws RealizeException;
  }

  private static int answer(String name, FuseOperation call) {
    try {
      return call.run();
    } catch (RealizeException e) {
      return -Failures.errno(name, e);
    } catch (RuntimeException | Error e) {
      return -Failures.bug(name, e);
    }
  }

  private void setReading() {
    table.getattr.set((path, stat) -> answer("getattr", () -> statPath(path, stat)));
    table.fgetattr.set((path, stat, info) -> answer("fgetattr", () -> statOpen(stat, info)));
    table.readlink.set(
        (path, buffer, size) -> answer("readlink", () -> readLink(path, buffer, (int) size)));
    table.open.set((path, info) -> answer("open", () -> open(path, info)));
    table.read.set((path, buffer, size, offset, info) ->
        answer("read", () -> read(buffer, (int) size, offset, info)));
    table.release.set((path, info) -> answer("release", () -> release(info)));
    table.opendir.set((path, info) -> answer("opendir", () -> openDirectory(path, info)));
    table.readdir.set((path, buffer, filler, offset, info) ->
        answer("readdir", () -> list(buffer, filler, offset, info)));
    table.statfs.set((path, stat) -> answer("statfs", () -> capacity(stat)));
    table.getxattr.set((path, name, value, size) ->
        answer("getxattr", () -> attribute(path, name, value, (int) size)));
    table.listxattr.set((path, list, size) -> 0);
  }

  private void setWriting() {
    table.mknod.set((path, mode, device) -> -Errno.EROFS);
    table.mkdir.set((path, mode) -> -Errno.EROFS);
    table.unlink.set(path -> -Errno.EROFS);
    table.rmdir.set(path -> -Errno.EROFS);
    table.symlink.set((target, path) -> -Errno.EROFS);
    table.rename.set((from, to) -> -Errno.EROFS);
    table.link.set((from, to) -> -Errno.EROFS);
    table.chmod.set((path, mode) -> -Errno.EROFS);
    table.chown.set((path, uid, gid) -> -Errno.EROFS);
    table.truncate.set((path, size) -> -Errno.EROFS);
    table.ftruncate.set((path, size, info) -> -Errno.EROFS);
    table.utimens.set((path, times) -> -Errno.EROFS);
    table.create.set((path, mode, info) -> -Errno.EROFS);
    table.write.set((path, buffer, size, offset, info) -> -Errno.EROFS);
    table.setxattr.set((path, name, value, size, flags) -> -Errno.EROFS);
    table.removexattr.set((path, name) -> -Errno.EROFS);
    table.fallocate.set((path, mode, offset, length, info) -> -Errno.EROFS);
  }

  private int statPath(String path, Pointer memory) throws RealizeException {
    int nameChars = path.length() - path.lastIndexOf('/') - 1;
    if (nameChars > MAX_NAME_BYTES / 4
        && path.substring(path.length() - nameChars).getBytes(StandardCharsets.UTF_8).length
            > MAX_NAME_BYTES) {
      return -Errno.ENAMETOOLONG;
    }
    return stat(paths.find(path), memory);
  }

  private int stat(Attributes attributes, Pointer memory) {
    FileStat stat = FileStat.of(memory);
    stat.st_ino.set(attributes.inode().value());
    stat.st_mode.set(attributes.kind().modeBits() | (attributes.mode() & 07777));
    stat.st_nlink.set(attributes.links());
    stat.st_uid.set(owner.uid());
    stat.st_gid.set(owner.gid());
    stat.st_size.set(attributes.sizeBytes());
    stat.st_blocks.set(attributes.blocks());
    stat.st_blksize.set(PREFERRED_READ_BYTES);
    long seconds = attributes.mtime().seconds();
    long nanos = attributes.mtime().nanos();
    stat.st_atim.tv_sec.set(seconds);
    stat.st_atim.tv_nsec.set(nanos);
    stat.st_mtim.tv_sec.set(seconds);
    stat.st_mtim.tv_nsec.set(nanos);
    stat.st_ctim.tv_sec.set(seconds);
    stat.st_ctim.tv_nsec.set(nanos);
    return 0;
  }

  /**
   * Gives the attributes of an open file: of the version that is open, even if the path has another
   * one now.
   */
  private int statOpen(Pointer memory, Pointer info) throws RealizeException {
    Optional<Handles.LibraryHandle> handle = handles.get(info.getLong(INFO_HANDLE_OFFSET));
    if (handle.isEmpty()) {
      return -Errno.EBADF;
    }
    Attributes attributes = handle.get().attributes();
    try {
      attributes = view.attributes(attributes.inode());
    } catch (RealizeException.NotFound e) {
      return stat(attributes, memory); // removed or replaced since it was opened
    }
    return stat(attributes, memory);
  }

  private int readLink(String path, Pointer buffer, int size) throws RealizeException {
    byte[] target = view.readLink(paths.find(path).inode()).getBytes(StandardCharsets.UTF_8);
    int length = Math.min(target.length, size - 1);
    buffer.put(0, target, 0, length);
    buffer.putByte(length, (byte) 0);
    return 0;
  }

  private int open(String path, Pointer info) throws RealizeException {
    int flags = info.getInt(0);
    if ((flags & ACCESS_MODE) != 0 || (flags & O_TRUNC) != 0) {
      return -Errno.EROFS;
    }
    Attributes attributes = paths.find(path);
    Handles.LibraryHandle handle =
        new Handles.LibraryHandle(path, attributes, view.open(attributes.inode()));
    byte bits =
        switch (handles.pagesFor(handle)) {
          case KEPT -> KEEP_CACHE;
          case DROPPED -> 0;
          case BYPASSED -> DIRECT_IO;
        };
    info.putByte(INFO_BITS_OFFSET, bits);
    info.putLong(INFO_HANDLE_OFFSET, handles.add(handle));
    return 0;
  }

  private int read(Pointer buffer, int size, long offset, Pointer info) throws RealizeException {
    Optional<Handles.LibraryHandle> found = handles.get(info.getLong(INFO_HANDLE_OFFSET));
    if (found.isEmpty()) {
      return -Errno.EBADF;
    }
    Handles.LibraryHandle handle = found.get();
    boolean reachesEnd = offset + size > handle.file().sizeBytes();
    boolean isCached = handle.file().pages() != OpenFile.Pages.UNCACHED;
    if (reachesEnd && isCached && isReplacedByLonger(handle)) {
      return -Errno.ESTALE; // the kernel would fill up with zeros to the new version's size
    }
    return reads.read(handle.file(), offset, buffer, size);
  }

  private boolean isReplacedByLonger(Handles.LibraryHandle handle) {
    return paths
        .current(handle.path())
        .filter(now -> !now.inode().equals(handle.attributes().inode()))
        .filter(now -> now.sizeBytes() > handle.file().sizeBytes())
        .isPresent();
  }

  private int release(Pointer info) {
    handles.remove(info.getLong(INFO_HANDLE_OFFSET));
    return 0;
  }

  private int openDirectory(String path, Pointer info) throws RealizeException {
    info.putLong(INFO_HANDLE_OFFSET, paths.find(path).inode().value());
    return 0;
  }

  /**
   * Lists from an offset on; offsets are as the kernel driver's: 1 behind {@code .}, 2 behind
   * {@code ..}, then cursor + 2.
   */
  private int list(Pointer buffer, Pointer fillerAddress, long offset, Pointer info)
      throws RealizeException {
    Inode directory = new Inode(info.getLong(INFO_HANDLE_OFFSET));
    DirectoryFill listing = new DirectoryFill(buffer, fillerAddress);
    if (offset == 0 && !listing.add(".", view.attributes(directory), 1)) {
      return 0;
    }
    if (offset <= 1 && !listing.add("..", view.attributes(view.parent(directory)), FIRST_CHILD)) {
      return 0;
    }
    long cursor = Math.max(offset, FIRST_CHILD) - FIRST_CHILD;
    while (true) {
      List<DirectoryEntry> entries = view.list(directory, cursor, BATCH);
      for (DirectoryEntry entry : entries) {
        if (!listing.add(entry.name(), entry.attributes(), entry.cursor() + FIRST_CHILD)) {
          return 0;
        }
        cursor = entry.cursor();
      }
      if (entries.size() < BATCH) {
        return 0;
      }
    }
  }

  /** The library's buffer of names; a name must reach it with its NUL. */
  private final class DirectoryFill {
    private final Pointer buffer;
    private final FuseFillDir filler;
    private final Pointer stat =
        table
            .getRuntime()
            .getMemoryManager()
            .allocateDirect(Struct.size(new FileStat(table.getRuntime())), true);

    DirectoryFill(Pointer buffer, Pointer fillerAddress) {
      this.buffer = buffer;
      ClosureHelper helper = ClosureHelper.getInstance();
      this.filler =
          helper
              .getNativeConveter(FuseFillDir.class)
              .fromNative(fillerAddress, helper.getFromNativeContext());
    }

    /** False when the buffer is full. */
    boolean add(String name, Attributes attributes, long next) {
      stat(attributes, stat);
      ByteBuffer text = ByteBuffer.wrap((name + "\0").getBytes(StandardCharsets.UTF_8));
      return filler.apply(buffer, text, stat, next) == 0;
    }
  }

  private int capacity(Pointer memory) throws RealizeException {
    Capacity capacity = view.capacity();
    Statvfs stat = Statvfs.of(memory);
    stat.f_bsize.set(capacity.blockBytes());
    stat.f_frsize.set(capacity.blockBytes());
    stat.f_blocks.set(capacity.blocks());
    stat.f_bfree.set(capacity.freeBlocks());
    stat.f_bavail.set(capacity.availableBlocks());
    stat.f_files.set(capacity.files());
    stat.f_ffree.set(capacity.freeFiles());
    stat.f_favail.set(capacity.freeFiles());
    stat.f_namemax.set(MAX_NAME_BYTES);
    return 0;
  }

  private int attribute(String path, String name, Pointer value, int size) throws RealizeException {
    if (!name.startsWith(OURS)) {
      return -Errno.ENODATA;
    }
    Optional<byte[]> found = view.attribute(paths.find(path).inode(), name);
    if (found.isEmpty()) {
      return -Errno.ENODATA;
    }
    byte[] bytes = found.get();
    if (size > 0) {
      if (bytes.length > size) {
        return -Errno.ERANGE;
      }
      value.put(0, bytes, 0, bytes.length);
    }
    return bytes.length;
  }
}
