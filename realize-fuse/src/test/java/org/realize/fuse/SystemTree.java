package org.realize.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import jnr.ffi.Memory;
import jnr.ffi.Pointer;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;

/** The tree below a directory, changed by system calls. One thread at a time. */
final class SystemTree implements EditedTree {

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_NOFOLLOW = 0x100;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_ALL = 0xfff;
  private static final int BORN = 0x800;
  private static final int UTIME_NOW = (1 << 30) - 1;
  private static final byte[] EMPTY = {0};

  private final MountedTree listed;
  private final Path root;
  private final Pointer memory = Memory.allocateDirect(Runtime.getSystemRuntime(), 256, true);

  SystemTree(Path root) {
    this.root = root;
    this.listed = new MountedTree(root);
  }

  Path root() {
    return root;
  }

  private byte[] raw(String path) {
    return Posix.text(path.isEmpty() ? root.toString() : root + "/" + path);
  }

  private static long checked(long result) throws Tree.Refused {
    if (result < 0) {
      throw new Tree.Refused(Posix.errno());
    }
    return result;
  }

  private void statx(int directory, byte[] path, int flags) throws IOException {
    checked(Posix.CALLS.statx(directory, path, flags, STATX_ALL, memory));
  }

  private Stat stat() {
    int major = memory.getInt(128);
    int minor = memory.getInt(132);
    return new Stat(
        memory.getShort(28) & 0xffff,
        memory.getInt(20),
        memory.getInt(24),
        memory.getInt(16),
        memory.getLong(40),
        (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12));
  }

  @Override
  public Stat stat(String path) throws IOException {
    statx(AT_FDCWD, raw(path), AT_SYMLINK_NOFOLLOW);
    return stat();
  }

  @Override
  public Times times(String path) throws IOException {
    statx(AT_FDCWD, raw(path), AT_SYMLINK_NOFOLLOW);
    boolean hasBirth = (memory.getInt(0) & BORN) != 0;
    return new Times(time(64), time(112), time(96), hasBirth ? time(80) : null);
  }

  private FileTime time(int offset) {
    return new FileTime(memory.getLong(offset), memory.getInt(offset + 8));
  }

  @Override
  public long inode(String path) throws IOException {
    statx(AT_FDCWD, raw(path), AT_SYMLINK_NOFOLLOW);
    return memory.getLong(32);
  }

  @Override
  public List<String> names(String path) throws IOException {
    return listed.names(path).stream()
        .filter(name -> !name.equals(".") && !name.equals(".."))
        .sorted()
        .toList();
  }

  @Override
  public String target(String path) throws IOException {
    byte[] target = new byte[4096];
    long length = checked(Posix.CALLS.readlink(raw(path), target, target.length));
    return new String(target, 0, (int) length, StandardCharsets.UTF_8);
  }

  @Override
  public void mkdir(String path, int mode) throws IOException {
    checked(Posix.CALLS.mkdir(raw(path), mode));
  }

  @Override
  public void rmdir(String path) throws IOException {
    checked(Posix.CALLS.rmdir(raw(path)));
  }

  @Override
  public void unlink(String path) throws IOException {
    checked(Posix.CALLS.unlink(raw(path)));
  }

  @Override
  public void rename(String from, String to, int flags) throws IOException {
    checked(Posix.CALLS.renameat2(AT_FDCWD, raw(from), AT_FDCWD, raw(to), flags));
  }

  @Override
  public void link(String from, String to) throws IOException {
    checked(Posix.CALLS.link(raw(from), raw(to)));
  }

  @Override
  public void symlink(String target, String path) throws IOException {
    checked(Posix.CALLS.symlink(Posix.text(target), raw(path)));
  }

  @Override
  public void mknod(String path, int mode, int device) throws IOException {
    checked(Posix.CALLS.mknod(raw(path), mode, device));
  }

  @Override
  public void chmod(String path, int mode) throws IOException {
    checked(Posix.CALLS.chmod(raw(path), mode));
  }

  @Override
  public void chown(String path, int uid, int gid) throws IOException {
    checked(Posix.CALLS.lchown(raw(path), uid, gid));
  }

  @Override
  public void truncate(String path, long size) throws IOException {
    checked(Posix.CALLS.truncate(raw(path), size));
  }

  @Override
  public void utimens(String path, @Nullable FileTime accessed, @Nullable FileTime modified)
      throws IOException {
    putTime(0, accessed);
    putTime(16, modified);
    checked(Posix.CALLS.utimensat(AT_FDCWD, raw(path), memory, AT_SYMLINK_NOFOLLOW));
  }

  private void putTime(int offset, @Nullable FileTime time) {
    memory.putLong(offset, time == null ? 0 : time.seconds());
    memory.putLong(offset + 8, time == null ? UTIME_NOW : time.nanos());
  }

  @Override
  public void setAttribute(String path, String name, byte[] value, int flags) throws IOException {
    byte[] raw = Posix.text(name);
    checked(Posix.CALLS.lsetxattr(raw(path), raw, value, value.length, flags));
  }

  @Override
  public byte[] attribute(String path, String name) throws IOException {
    return listed.attribute(path, name);
  }

  @Override
  public List<String> attributeNames(String path) throws IOException {
    byte[] list = new byte[4096];
    long length = checked(Posix.CALLS.llistxattr(raw(path), list, list.length));
    String names = new String(list, 0, (int) length, StandardCharsets.UTF_8);
    return Stream.of(names.split("\0")).filter(name -> !name.isEmpty()).sorted().toList();
  }

  @Override
  public void removeAttribute(String path, String name) throws IOException {
    checked(Posix.CALLS.lremovexattr(raw(path), Posix.text(name)));
  }

  @Override
  public EditedFile open(String path, int flags, int mode) throws IOException {
    return new SystemFile((int) checked(Posix.CALLS.open(raw(path), flags, mode)));
  }

  private final class SystemFile implements EditedFile {

    private final int descriptor;

    SystemFile(int descriptor) {
      this.descriptor = descriptor;
    }

    @Override
    public byte[] read(long offset, int count) throws IOException {
      byte[] buffer = new byte[count];
      long read = checked(Posix.CALLS.pread(descriptor, buffer, count, offset));
      return Arrays.copyOf(buffer, (int) read);
    }

    @Override
    public int write(long offset, byte[] bytes) throws IOException {
      return (int) checked(Posix.CALLS.pwrite(descriptor, bytes, bytes.length, offset));
    }

    @Override
    public void truncate(long size) throws IOException {
      checked(Posix.CALLS.ftruncate(descriptor, size));
    }

    @Override
    public void allocate(int mode, long offset, long length) throws IOException {
      checked(Posix.CALLS.fallocate(descriptor, mode, offset, length));
    }

    @Override
    public long seek(long offset, int whence) throws IOException {
      return checked(Posix.CALLS.lseek(descriptor, offset, whence));
    }

    @Override
    public void sync() throws IOException {
      checked(Posix.CALLS.fsync(descriptor));
    }

    @Override
    public Stat stat() throws IOException {
      statx(descriptor, EMPTY, AT_EMPTY_PATH);
      return SystemTree.this.stat();
    }

    @Override
    public boolean isUnlinked() throws IOException {
      Path shown = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor));
      return shown.toString().endsWith(" (deleted)");
    }

    @Override
    public void close() throws IOException {
      checked(Posix.CALLS.close(descriptor));
    }
  }
}
