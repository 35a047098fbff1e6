package org.realize.fuse.libfuse;

import com.kenai.jffi.MemoryIO;
import java.nio.charset.StandardCharsets;
import jnr.ffi.Pointer;
import jnr.ffi.Struct;
import jnr.ffi.annotations.Delegate;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.libfuse.Operations.FuseOperation;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Caller;
import org.realize.sync.view.Created;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;
import ru.serce.jnrfuse.struct.FuseOperations;

/**
 * The operations of libfuse's table that change an editable view.
 *
 * <p>The library hides a file that is open when its name is removed or replaced: it asks to rename
 * it to {@code .fuse_hidden…}, and removes that when the last handle is closed. Here the name is
 * removed at once, and the hidden one is known to {@link Paths} only: the view has the file without
 * a name as long as it is open. So a rename over a file that is open is two changes.
 */
final class EditOperations {

  private static final int PERMISSIONS = 07777;
  private static final int O_APPEND = 02000;
  private static final int UTIME_NOW = (1 << 30) - 1;
  private static final int UTIME_OMIT = (1 << 30) - 2;
  private static final int XATTR_CREATE = 1;
  private static final int XATTR_REPLACE = 2;

  /** Where "struct fuse_context" has what it tells of the caller. */
  private static final int UID_OFFSET = 8;

  private static final int GID_OFFSET = 12;
  private static final int THREAD_OFFSET = 16;
  private static final int UMASK_OFFSET = 32;

  private static final int FSYNCDIR_OFFSET = 28 * Long.BYTES;
  private static final int WANTED_OFFSET = 24;
  private static final int ATOMIC_TRUNCATE_AND_NO_MASK = 1 << 3 | 1 << 6;

  private final EditableView view;
  private final LibFuse2 library;
  private final Paths paths;
  private final Handles handles;

  /** The binding's own type takes the second argument for the third. */
  private final ForceDirectory forceDirectory = this::forceDirectory;

  EditOperations(EditableView view, LibFuse2 library, Paths paths, Handles handles) {
    this.view = view;
    this.library = library;
    this.paths = paths;
    this.handles = handles;
  }

  /** A function {@code fsyncdir} as the library calls it. */
  public interface ForceDirectory {
    @Delegate
    int call(@Nullable String path, int dataOnly, Pointer info);
  }

  /** An operation without a result. */
  private interface ViewCall {
    void run() throws RealizeException;
  }

  private static int answer(String name, ViewCall change) {
    FuseOperation operation =
        () -> {
          change.run();
          return 0;
        };
    return Operations.answer(name, operation);
  }

  /** Enters the operations; {@code table} holds the callbacks, but one that this object holds. */
  void enter(FuseOperations table) {
    table.init.set(EditOperations::init);
    table.mknod.set(
        (path, mode, device) -> answer("mknod", () -> makeNode(path, (int) mode, (int) device)));
    table.mkdir.set((path, mode) ->
        answer("mkdir", () -> view.makeDirectory(name(path), mode(mode), caller())));
    table.symlink.set(
        (target, path) -> answer("symlink", () -> view.makeLink(name(path), target, caller())));
    table.link.set((from, to) ->
        answer("link", () -> view.link(paths.find(from).inode(), name(to), caller())));
    table.unlink.set(path -> answer("unlink", () -> remove(path)));
    table.rmdir.set(path -> answer("rmdir", () -> removeDirectory(path)));
    table.rename.set((from, to) -> answer("rename", () -> rename(from, to)));
    table.chmod.set((path, mode) -> answer("chmod", () -> changeMode(path, mode)));
    table.chown.set((path, uid, gid) -> answer("chown", () -> changeOwner(path, uid, gid)));
    table.utimens.set((path, times) -> answer("utimens", () -> changeTimes(path, times)));
    table.truncate.set((path, size) -> answer("truncate", () -> truncate(path, size)));
    table.setxattr.set((path, name, value, size, flags) ->
        answer("setxattr", () -> setAttribute(path, name, bytes(value, size), flags)));
    table.removexattr.set((path, name) -> answer("removexattr", () -> removeAttribute(path, name)));
    table.listxattr.set((path, list, size) ->
        Operations.answer("listxattr", () -> attributeNames(path, list, (int) size)));
    enterFiles(table);
  }

  private void enterFiles(FuseOperations table) {
    table.create.set((path, mode, info) -> answer("create", () -> create(path, mode, info)));
    table.write.set((path, buffer, size, offset, info) ->
        Operations.answer("write", () -> write(buffer, (int) size, offset, info)));
    table.ftruncate.set((path, size, info) -> answer("ftruncate", () -> truncate(size, info)));
    table.fsync.set((path, dataOnly, info) ->
        answer("fsync", () -> handles.require(info).file().force(dataOnly != 0)));
    table.fallocate.set((path, mode, offset, length, info) ->
        answer("fallocate", () -> handles.require(info).file().allocate(mode, offset, length)));
    Pointer closure =
        table
            .getRuntime()
            .getClosureManager()
            .getClosurePointer(ForceDirectory.class, forceDirectory);
    Struct.getMemory(table).putPointer(FSYNCDIR_OFFSET, closure);
  }

  private static Pointer init(Pointer connection) {
    int wanted = connection.getInt(WANTED_OFFSET) | ATOMIC_TRUNCATE_AND_NO_MASK;
    connection.putInt(WANTED_OFFSET, wanted);
    return connection;
  }

  private Caller caller() {
    Pointer context = library.fuse_get_context();
    return new Caller(
        context.getInt(UID_OFFSET), context.getInt(GID_OFFSET), context.getInt(THREAD_OFFSET));
  }

  private NewMode mode(long mode) {
    int umask = library.fuse_get_context().getInt(UMASK_OFFSET);
    return new NewMode((int) mode & PERMISSIONS, umask);
  }

  private EntryName name(String path) throws RealizeException {
    int slash = path.lastIndexOf('/');
    String name = path.substring(slash + 1);
    if (Operations.isTooLong(name)) {
      throw new CallFailed(name, Errno.ENAMETOOLONG);
    }
    return new EntryName(paths.directory(path.substring(0, slash)), name);
  }

  private void makeNode(String path, int mode, int device) throws RealizeException {
    view.makeNode(name(path), FileKind.ofMode(mode), device, mode(mode), caller());
  }

  private void remove(String path) throws RealizeException {
    if (!paths.removeHidden(path)) {
      view.remove(name(path), caller());
      handles.moved(path);
    }
  }

  private void removeDirectory(String path) throws RealizeException {
    view.removeDirectory(name(path), caller());
    paths.moved();
  }

  private void rename(String from, String to) throws RealizeException {
    if (Paths.isHidden(to)) {
      Inode hidden = paths.find(from).inode();
      view.remove(name(from), caller());
      paths.addHidden(to, hidden);
    } else {
      view.rename(name(from), name(to), RenameKind.REPLACE, caller());
      paths.moved();
    }
    handles.moved(from);
    handles.moved(to);
  }

  private void change(String path, AttributeChange change) throws RealizeException {
    view.change(paths.find(path).inode(), null, change, caller());
  }

  private static AttributeChange change(
      @Nullable Integer mode, FileOwner owner, @Nullable Long size) {
    boolean isChown = mode == null && size == null;
    return new AttributeChange(mode, owner, size, TimeChange.STAYS, TimeChange.STAYS, isChown);
  }

  private void changeMode(String path, long mode) throws RealizeException {
    change(path, change((int) mode & PERMISSIONS, FileOwner.NOT_GIVEN, null));
  }

  private void changeOwner(String path, long uid, long gid) throws RealizeException {
    change(path, change(null, new FileOwner((int) uid, (int) gid), null));
  }

  private void truncate(String path, long size) throws RealizeException {
    change(path, change(null, FileOwner.NOT_GIVEN, size));
  }

  private void truncate(long size, Pointer info) throws RealizeException {
    Handles.LibraryHandle handle = handles.require(info);
    Inode inode = handle.attributes().inode();
    view.change(inode, handle.file(), change(null, FileOwner.NOT_GIVEN, size), caller());
  }

  private void changeTimes(String path, Pointer times) throws RealizeException {
    TimeChange accessed = time(times, 0);
    TimeChange modified = time(times, 16);
    change(path, new AttributeChange(null, FileOwner.NOT_GIVEN, null, accessed, modified, false));
  }

  private static TimeChange time(Pointer times, int offset) {
    long nanos = times.getLong(offset + 8);
    if (nanos == UTIME_OMIT) {
      return TimeChange.STAYS;
    }
    return nanos == UTIME_NOW
        ? TimeChange.NOW
        : new TimeChange.To(new FileTime(times.getLong(offset), (int) nanos));
  }

  OpenFile open(Inode inode, OpenFlags flags) throws RealizeException {
    return view.open(inode, flags, caller());
  }

  private void create(String path, long mode, Pointer info) throws RealizeException {
    OpenFlags flags = new OpenFlags(info.getInt(0));
    Created created = view.create(name(path), mode(mode), flags, caller());
    handles.open(path, created.attributes(), created.file(), info);
  }

  private int write(Pointer buffer, int size, long offset, Pointer info) throws RealizeException {
    OpenFile file = handles.require(info).file();
    boolean appends = (info.getInt(0) & O_APPEND) != 0;
    return file.write(
        offset, MemoryIO.getInstance().newDirectByteBuffer(buffer.address(), size), appends);
  }

  private int forceDirectory(@Nullable String path, int dataOnly, Pointer info) {
    return answer(
        "fsyncdir", () -> view.force(new Inode(info.getLong(Handles.INFO_HANDLE_OFFSET))));
  }

  private static byte[] bytes(Pointer value, long size) {
    byte[] bytes = new byte[(int) size];
    value.get(0, bytes, 0, bytes.length);
    return bytes;
  }

  private void setAttribute(String path, String name, byte[] value, int flags)
      throws RealizeException {
    AttributeSetting setting =
        switch (flags) {
          case 0 -> AttributeSetting.ALWAYS;
          case XATTR_CREATE -> AttributeSetting.NEW;
          case XATTR_REPLACE -> AttributeSetting.EXISTING;
          default -> throw new CallFailed("setxattr", Errno.EINVAL);
        };
    view.setAttribute(paths.find(path).inode(), name, value, setting, caller());
  }

  private void removeAttribute(String path, String name) throws RealizeException {
    view.removeAttribute(paths.find(path).inode(), name, caller());
  }

  private int attributeNames(String path, Pointer list, int size) throws RealizeException {
    StringBuilder names = new StringBuilder();
    view.attributeNames(paths.find(path).inode()).forEach(name -> names.append(name).append('\0'));
    return Operations.value(names.toString().getBytes(StandardCharsets.UTF_8), list, size);
  }
}
