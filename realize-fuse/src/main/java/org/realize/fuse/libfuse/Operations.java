package org.realize.fuse.libfuse;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.provider.jffi.ClosureHelper;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.sys.Failures;
import org.realize.fuse.sys.Owner;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Capacity;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.FileTimes;
import org.realize.sync.view.FileView;
import org.realize.sync.view.OpenFlags;
import ru.serce.jnrfuse.FuseFillDir;
import ru.serce.jnrfuse.struct.FileStat;
import ru.serce.jnrfuse.struct.FuseOperations;
import ru.serce.jnrfuse.struct.Statvfs;

/**
 * libfuse's table of operations, answered from the view. What would write goes to {@link
 * EditOperations}, or is EROFS where the view cannot be changed. The library calls from many
 * threads at a time; each operation returns 0, a count or −errno and never throws. Of what is open
 * it gives the handle and no path: a file's handle is its number in {@link Handles}, a directory's
 * its inode.
 *
 * <p>Some places of the binding are set by hand: the flags behind the 38 pointers, which it takes
 * for padding; {@code fsyncdir}, whose arguments it has wrong; and {@code direct_io}, {@code
 * keep_cache} and the handle in the file information ({@link Handles}).
 */
final class Operations {

  private static final int FLAGS_OFFSET = 38 * Long.BYTES;
  private static final byte NULL_PATH_NO_PATH_AND_UTIME_OMIT = 7;
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

  /** Null where the view cannot be changed. Must stay reachable, as the table. */
  private final @Nullable EditOperations edits;

  private final @Nullable EditableView edited;

  Operations(
      LibFuse2 library, FileView view, Paths paths, Handles handles, Reads reads, Owner owner) {
    this.view = view;
    this.paths = paths;
    this.handles = handles;
    this.reads = reads;
    this.owner = owner;
    this.table = new FuseOperations(jnr.ffi.Runtime.getRuntime(library));
    this.edited = view instanceof EditableView editable ? editable : null;
    this.edits = edited == null ? null : new EditOperations(edited, library, paths, handles);
    Struct.getMemory(table).putByte(FLAGS_OFFSET, NULL_PATH_NO_PATH_AND_UTIME_OMIT);
    setReading();
    if (edits == null) {
      refuseWriting();
    } else {
      edits.enter(table);
    }
  }

  /** Must stay reachable while the library runs, with the callbacks that it holds. */
  FuseOperations table() {
    return table;
  }

  /** An operation that returns 0, a count or −errno. */
  interface FuseOperation {
    int run() throws RealizeException;
  }

  static int answer(String name, FuseOperation call) {
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
    table.statfs.set((path, stat) -> answer("statfs", () -> capacity(path, stat)));
    table.getxattr.set((path, name, value, size) ->
        answer("getxattr", () -> attribute(path, name, value, (int) size)));
  }

  private void refuseWriting() {
    table.listxattr.set((path, list, size) -> 0);
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
    if (isTooLong(path.substring(path.lastIndexOf('/') + 1))) {
      return -Errno.ENAMETOOLONG;
    }
    return stat(paths.find(path), memory);
  }

  static boolean isTooLong(String name) {
    return name.length() > MAX_NAME_BYTES / 4
        && name.getBytes(StandardCharsets.UTF_8).length > MAX_NAME_BYTES;
  }

  private int stat(Attributes attributes, Pointer memory) {
    FileStat stat = FileStat.of(memory);
    stat.st_ino.set(attributes.inode().value());
    stat.st_mode.set(attributes.kind().modeBits() | (attributes.mode() & 07777));
    stat.st_nlink.set(attributes.links());
    FileOwner given = attributes.owner();
    FileTimes times = attributes.times();
    stat.st_uid.set(given.uid() < 0 ? owner.uid() : given.uid());
    stat.st_gid.set(given.gid() < 0 ? owner.gid() : given.gid());
    stat.st_rdev.set(attributes.device());
    stat.st_size.set(attributes.sizeBytes());
    stat.st_blocks.set(attributes.blocks());
    stat.st_blksize.set(PREFERRED_READ_BYTES);
    stat.st_atim.tv_sec.set(times.accessed().seconds());
    stat.st_atim.tv_nsec.set((long) times.accessed().nanos());
    stat.st_mtim.tv_sec.set(times.modified().seconds());
    stat.st_mtim.tv_nsec.set((long) times.modified().nanos());
    stat.st_ctim.tv_sec.set(times.changed().seconds());
    stat.st_ctim.tv_nsec.set((long) times.changed().nanos());
    return 0;
  }

  /**
   * Gives the attributes of an open file: of the version that is open, even if the path has another
   * one now.
   */
  private int statOpen(Pointer memory, Pointer info) throws RealizeException {
    Attributes attributes = handles.require(info).attributes();
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
    OpenFlags flags = new OpenFlags(info.getInt(0));
    if (edits == null && (flags.writes() || flags.truncates())) {
      return -Errno.EROFS;
    }
    Attributes attributes = paths.find(path);
    OpenFile file =
        edits == null ? view.open(attributes.inode()) : edits.open(attributes.inode(), flags);
    handles.open(path, attributes, file, info);
    return 0;
  }

  private int read(Pointer buffer, int size, long offset, Pointer info) throws RealizeException {
    Handles.LibraryHandle handle = handles.require(info);
    boolean reachesEnd = offset + size > handle.file().sizeBytes();
    boolean isCached = handle.file().pages() != OpenFile.Pages.UNCACHED;
    if (reachesEnd && isCached && isReplacedByLonger(handle)) {
      return -Errno.ESTALE; // the kernel would fill up with zeros to the new version's size
    }
    return reads.read(handle.attributes().inode(), handle.file(), offset, buffer, size);
  }

  private boolean isReplacedByLonger(Handles.LibraryHandle handle) {
    return Optional.ofNullable(handle.path())
        .flatMap(paths::current)
        .filter(now -> !now.inode().equals(handle.attributes().inode()))
        .filter(now -> now.sizeBytes() > handle.file().sizeBytes())
        .isPresent();
  }

  private int release(Pointer info) {
    handles.remove(info);
    return 0;
  }

  private int openDirectory(String path, Pointer info) throws RealizeException {
    info.putLong(Handles.INFO_HANDLE_OFFSET, paths.find(path).inode().value());
    return 0;
  }

  /**
   * Lists from an offset on; offsets are as the kernel driver's: 1 behind {@code .}, 2 behind
   * {@code ..}, then cursor + 2.
   */
  private int list(Pointer buffer, Pointer fillerAddress, long offset, Pointer info)
      throws RealizeException {
    Inode directory = new Inode(info.getLong(Handles.INFO_HANDLE_OFFSET));
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

  private int capacity(String path, Pointer memory) throws RealizeException {
    Capacity capacity =
        edited == null ? view.capacity() : edited.capacity(paths.find(path).inode());
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
    if (edited == null && !name.startsWith(OURS)) {
      return -Errno.ENODATA;
    }
    Optional<byte[]> found = view.attribute(paths.find(path).inode(), name);
    if (found.isEmpty()) {
      return -Errno.ENODATA;
    }
    return value(found.get(), value, size);
  }

  /** Answers with {@code bytes}, or with their number when there is no room at all. */
  static int value(byte[] bytes, Pointer buffer, int room) {
    if (room > 0) {
      if (bytes.length > room) {
        return -Errno.ERANGE;
      }
      buffer.put(0, bytes, 0, bytes.length);
    }
    return bytes.length;
  }
}
