package org.realize.sync.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Caller;
import org.realize.sync.view.DiskNode;
import org.realize.sync.view.EditableDisk;
import org.realize.sync.view.EditedFile;
import org.realize.sync.view.EditedNode;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.FileTimes;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/**
 * The tree of a {@link Disk} in memory as programs change it: every call is an effect of the
 * process, and ends with its power. All belongs to one user; there are no fifos or devices, no
 * extended attributes, and no files without a name. A file is opened again by the name that it had.
 * Thread-safe as the disk is.
 */
public final class MemoryEditableDisk implements EditableDisk {

  private static final FileOwner OWNER = new FileOwner(0, 0);

  private final Disk disk;

  public MemoryEditableDisk(Disk disk) {
    this.disk = disk;
  }

  /** An effect on the disk, or a question to it. */
  private interface DiskCall<T extends @Nullable Object> {
    T run() throws IOException;
  }

  private static <T extends @Nullable Object> T call(
      String action, RelativePath path, DiskCall<T> call) throws RealizeException {
    try {
      return call.run();
    } catch (IOException e) {
      throw failure("%s '%s'".formatted(action, path), e);
    }
  }

  private static RealizeException failure(String action, IOException cause) {
    int errno =
        switch (cause) {
          case NoSuchFileException _ -> Errno.ENOENT;
          case FileAlreadyExistsException _ -> Errno.EEXIST;
          case NotDirectoryException _ -> Errno.ENOTDIR;
          case DirectoryNotEmptyException _ -> Errno.ENOTEMPTY;
          default -> 0;
        };
    return errno == 0 ? Disk.failure(action, cause) : new CallFailed(action, errno);
  }

  private static DiskNode node(FileStat stat) {
    FileKind kind =
        switch (stat.kind()) {
          case FILE -> FileKind.FILE;
          case DIRECTORY -> FileKind.DIRECTORY;
          case LINK -> FileKind.LINK;
          case OTHER -> FileKind.FIFO;
        };
    FileTime changed = FileTime.ofNanos(stat.ctimeNanos());
    FileTime born = FileTime.ofNanos(stat.birthNanos());
    FileTimes times = new FileTimes(stat.mtime(), stat.mtime(), changed, born);
    return new DiskNode(stat, kind, OWNER, times, 0, (stat.sizeBytes() + 511) / 512);
  }

  // ---- reading

  @Override
  public List<String> names(RelativePath directory) throws RealizeException {
    return call("list", directory, () -> disk.list(directory).names());
  }

  @Override
  public @Nullable DiskNode stat(RelativePath path) throws RealizeException {
    return MemoryEditableDisk.<@Nullable DiskNode>call(
        "stat",
        path,
        () -> {
          try {
            return disk.stat(path).map(MemoryEditableDisk::node).orElse(null);
          } catch (NotDirectoryException none) {
            return null;
          }
        });
  }

  @Override
  public List<@Nullable DiskNode> stats(RelativePath directory, List<String> names)
      throws RealizeException {
    List<@Nullable DiskNode> found = new ArrayList<>(names.size());
    for (String name : names) {
      found.add(stat(directory.child(name)));
    }
    return found;
  }

  @Override
  public DiskUsage usage(RelativePath directory) throws RealizeException {
    return call("ask for the room at", directory, () -> disk.usage(directory));
  }

  @Override
  public void force(RelativePath directory) throws RealizeException {
    effect("force", directory, () -> disk.forceDirectory(directory));
  }

  private interface Effect {
    void happen() throws IOException;
  }

  private static void effect(String action, RelativePath path, Effect effect)
      throws RealizeException {
    Object ignored =
        call(
            action,
            path,
            () -> {
              effect.happen();
              return path;
            });
  }

  private DiskNode there(RelativePath path) throws RealizeException {
    DiskNode found = stat(path);
    if (found == null) {
      throw new CallFailed("no '" + path + "'", Errno.ENOENT);
    }
    return found;
  }

  // ---- inodes and open files

  @Override
  public EditedNode node(RelativePath path) throws RealizeException {
    return there(path).kind() == FileKind.FILE
        ? new OpenedFile(path, call("find", path, () -> disk.open(path, OpenMode.READ)))
        : new NamedNode(path);
  }

  @Override
  public EditedFile open(RelativePath path, OpenFlags flags, Caller caller)
      throws RealizeException {
    OpenMode mode = flags.writes() ? OpenMode.UPDATE : OpenMode.READ;
    OpenedFile file = new OpenedFile(path, call("open", path, () -> disk.open(path, mode)));
    if (flags.truncates()) {
      file.resize(0);
    }
    return file;
  }

  @Override
  public EditedFile create(RelativePath path, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    DiskFile made = call("make", path, () -> disk.open(path, OpenMode.CREATE_NEW));
    effect(
        "make",
        path,
        () -> made.setAttributes(mode.bits() & ~mode.umask() & 0777, made.stat().mtime()));
    return new OpenedFile(path, made);
  }

  @Override
  public EditedFile createNameless(
      RelativePath directory, NewMode mode, OpenFlags flags, Caller caller) throws CallFailed {
    throw new CallFailed("make a file without a name", Errno.EOPNOTSUPP);
  }

  // ---- names

  @Override
  public DiskNode makeNode(
      RelativePath path, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    if (kind != FileKind.FILE) {
      throw new CallFailed("make '" + path + "'", Errno.EPERM);
    }
    create(path, mode, new OpenFlags(1), caller).close();
    return there(path);
  }

  @Override
  public DiskNode makeDirectory(RelativePath path, NewMode mode, Caller caller)
      throws RealizeException {
    effect("make", path, () -> disk.createDirectory(path));
    FileTime now = there(path).stat().mtime();
    effect("make", path, () -> disk.setAttributes(path, mode.bits() & ~mode.umask() & 0777, now));
    return there(path);
  }

  @Override
  public DiskNode makeLink(RelativePath path, String target, Caller caller)
      throws RealizeException {
    effect("make", path, () -> disk.createLink(path, target));
    return there(path);
  }

  @Override
  public void rename(RelativePath from, RelativePath to, RenameKind kind, Caller caller)
      throws RealizeException {
    effect(
        "rename '" + from + "' to",
        to,
        () -> {
          switch (kind) {
            case REPLACE -> disk.rename(from, to);
            case NEW -> {
              Optional<FileStat> _ = disk.renameNew(from, to);
            }
            case EXCHANGE -> disk.exchange(from, to);
          }
        });
  }

  @Override
  public void remove(RelativePath path, Caller caller) throws RealizeException {
    effect("remove", path, () -> disk.delete(path));
  }

  @Override
  public void removeDirectory(RelativePath path, Caller caller) throws RealizeException {
    effect("remove", path, () -> disk.deleteDirectory(path));
  }

  // ---- one inode

  /** What has a name; of a directory or link, which has one only. */
  private class NamedNode implements EditedNode {
    final RelativePath path;

    NamedNode(RelativePath path) {
      this.path = path;
    }

    @Override
    public DiskNode stat() throws RealizeException {
      return there(path);
    }

    void resize(long sizeBytes) throws RealizeException {
      throw new CallFailed("resize '" + path + "'", Errno.EINVAL);
    }

    void set(int mode, FileTime mtime) throws RealizeException {
      effect("change", path, () -> disk.setAttributes(path, mode, mtime));
    }

    @Override
    public DiskNode change(AttributeChange change, Caller caller) throws RealizeException {
      if (change.sizeBytes() != null) {
        resize(change.sizeBytes());
      }
      FileStat now = stat().stat();
      Integer mode = change.mode();
      FileTime mtime =
          switch (change.modified()) {
            case TimeChange.Stays() -> now.mtime();
            case TimeChange.Now() -> now.mtime();
            case TimeChange.To(FileTime time) -> time;
          };
      if (mode != null || !mtime.equals(now.mtime())) {
        set(mode == null ? now.mode() : mode & 0777, mtime);
      }
      return stat();
    }

    @Override
    public DiskNode link(RelativePath to, Caller caller) throws RealizeException {
      effect("link '" + path + "' to", to, () -> disk.link(path, to));
      return there(to);
    }

    @Override
    public EditedFile open(OpenFlags flags, Caller caller) throws RealizeException {
      FileStat own = stat().stat();
      EditedFile opened = MemoryEditableDisk.this.open(path, flags, caller);
      if (!opened.stat().stat().sameInode(own)) {
        opened.close();
        throw new CallFailed("open '" + path + "': it is another", Errno.ESTALE);
      }
      return opened;
    }

    @Override
    public List<String> attributeNames() {
      return List.of();
    }

    @Override
    public Optional<byte[]> attribute(String name) {
      return Optional.empty();
    }

    @Override
    public void setAttribute(String name, byte[] value, AttributeSetting setting, Caller caller)
        throws RealizeException {
      throw new CallFailed("set an attribute of '" + path + "'", Errno.EOPNOTSUPP);
    }

    @Override
    public void removeAttribute(String name, Caller caller) throws RealizeException {
      throw new CallFailed("remove an attribute of '" + path + "'", Errno.ENODATA);
    }

    @Override
    public void close() {}
  }

  /** An open file, whatever has its name. */
  private final class OpenedFile extends NamedNode implements EditedFile {
    private final DiskFile file;

    OpenedFile(RelativePath path, DiskFile file) {
      super(path);
      this.file = file;
    }

    @Override
    public DiskNode stat() throws RealizeException {
      return MemoryEditableDisk.node(call("stat", path, file::stat));
    }

    /** By the name, where this one is open for reading. */
    @Override
    void resize(long sizeBytes) throws RealizeException {
      effect(
          "resize",
          path,
          () -> {
            try (DiskFile writable = disk.open(path, OpenMode.UPDATE)) {
              writable.truncate(sizeBytes);
            }
          });
    }

    @Override
    void set(int mode, FileTime mtime) throws RealizeException {
      effect("change", path, () -> file.setAttributes(mode, mtime));
    }

    @Override
    public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
      return call("read", path, () -> file.read(destination, offsetBytes));
    }

    @Override
    public int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException {
      int length = source.remaining();
      effect("write", path, () -> file.write(source, appends ? file.sizeBytes() : offsetBytes));
      return length;
    }

    @Override
    public void dropSetId() {}

    @Override
    public void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException {
      throw new CallFailed("allocate room in '" + path + "'", Errno.EOPNOTSUPP);
    }

    @Override
    public long copyFrom(EditedFile source, long sourceBytes, long offsetBytes, long lengthBytes)
        throws RealizeException {
      throw new CallFailed("copy to '" + path + "'", Errno.EXDEV);
    }

    @Override
    public long seek(long offsetBytes, boolean toHole) throws RealizeException {
      throw new CallFailed("seek in '" + path + "'", Errno.EINVAL);
    }

    @Override
    public void force(boolean dataOnly) throws RealizeException {
      effect("force", path, file::force);
    }

    @Override
    public Path path() {
      throw new IllegalStateException("there are no descriptors");
    }

    @Override
    public void close() {
      try {
        file.close();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
