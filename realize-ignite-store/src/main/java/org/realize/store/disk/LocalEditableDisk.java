package org.realize.store.disk;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NodeCalls;
import org.realize.sync.posix.Syscalls;
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

/**
 * The tree of a {@link LocalDisk} as programs change it. Every call opens the root again, as there,
 * and searches the directories below it by the daemon's own rights; only the last step is made as
 * the caller.
 */
public final class LocalEditableDisk implements EditableDisk {

  private static final int O_TMPFILE = 020200000;
  private static final int O_DIRECTORY = 0200000;

  /** Flags that are the kernel's own on the way to us, or would have it do what we cannot. */
  private static final int O_CREAT_EXCL_NOCTTY = 0100 | 0200 | 0400;

  private static final int O_CREAT_NOCTTY = 0100 | 0400;
  private static final int O_DIRECT = 040000;
  private static final int O_NOFOLLOW = 0400000;
  private static final int O_APPEND = 02000;

  /** Each write says itself whether it appends. */
  private static final int OURS = O_DIRECT | O_NOFOLLOW | O_APPEND;

  /** The opener of what is open for neither reading nor writing. */
  private static final Caller NOBODY = new Caller(0, 0, 0);

  private final LocalDisk disk;
  private final CallerIdentity identity = new CallerIdentity();

  public LocalEditableDisk(LocalDisk disk) {
    this.disk = disk;
  }

  CallerIdentity identity() {
    return identity;
  }

  // ---- reading

  @Override
  public List<String> names(RelativePath directory) throws RealizeException {
    try {
      return disk.list(directory).names();
    } catch (IOException e) {
      throw failure("list '" + directory + "'", e);
    }
  }

  @Override
  public @Nullable DiskNode stat(RelativePath path) throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int root = root(sys);
      RelativePath parent = path.parent().orElse(RelativePath.ROOT);
      int directory =
          parent.isRoot()
              ? root
              : sys.open(root, parent.toString(), Syscalls.O_PATH, 0, Syscalls.BENEATH);
      int result = directory < 0 ? directory : sys.stat(directory, sys.text(path.name()));
      return isAbsent(result) ? null : stated(sys, checked(result, "stat", path));
    }
  }

  private static boolean isAbsent(int result) {
    return result == -Errno.ENOENT || result == -Errno.ENOTDIR || result == -Errno.ELOOP;
  }

  @Override
  public List<@Nullable DiskNode> stats(RelativePath directory, List<String> names)
      throws RealizeException {
    List<@Nullable DiskNode> found = new ArrayList<>(names.size());
    try (Syscalls sys = new Syscalls()) {
      int root = root(sys);
      int listed =
          directory.isRoot()
              ? root
              : sys.open(root, directory.toString(), Syscalls.O_PATH, 0, Syscalls.BENEATH);
      for (String name : names) {
        int result = listed < 0 ? listed : sys.stat(listed, sys.text(name));
        boolean isThere = !isAbsent(result) && checked(result, "stat", directory.child(name)) == 0;
        found.add(isThere ? stated(sys, 0) : null);
        sys.freeTexts();
      }
    }
    return found;
  }

  static DiskNode stated(Syscalls sys, int result) {
    FileStat stat = sys.stated();
    FileKind kind = FileKind.ofMode(sys.statedMode());
    return new DiskNode(
        stat,
        kind,
        new FileOwner(sys.statedOwner(), sys.statedGroup()),
        new FileTimes(sys.statedRead(), stat.mtime(), sys.statedChanged(), sys.statedBorn()),
        kind == FileKind.CHARACTER_DEVICE || kind == FileKind.BLOCK_DEVICE ? sys.statedDevice() : 0,
        sys.statedBytes() / 512);
  }

  @Override
  public DiskUsage usage(RelativePath directory) throws RealizeException {
    try {
      return disk.usage(directory);
    } catch (IOException e) {
      throw failure("ask for the room at '" + directory + "'", e);
    }
  }

  @Override
  public void force(RelativePath directory) throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      String name = directory.isRoot() ? "." : directory.toString();
      int opened = sys.open(root(sys), name, Syscalls.O_RDONLY, 0, Syscalls.BENEATH);
      checked(opened < 0 ? opened : sys.sync(opened), "force", directory);
    }
  }

  // ---- inodes and open files

  @Override
  public EditedNode node(RelativePath path) throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      return keep(sys, path, openNode(sys, path), NOBODY);
    }
  }

  /** A descriptor of whatever is at {@code path}, for no reading or writing. */
  private int openNode(Syscalls sys, RelativePath path) throws RealizeException {
    String name = path.isRoot() ? "." : path.toString();
    long flags = Syscalls.O_PATH | O_NOFOLLOW;
    return checked(sys.open(root(sys), name, flags, 0, Syscalls.BENEATH), "find", path);
  }

  private LocalEditedNode keep(Syscalls sys, RelativePath path, int descriptor, Caller opener)
      throws RealizeException {
    checked(sys.stat(descriptor, sys.text("")), "stat", path);
    try {
      return new LocalEditedNode(this, disk.keep(sys, path, descriptor), opener);
    } catch (IOException e) {
      throw failure("open '" + path + "'", e);
    }
  }

  @Override
  public EditedFile open(RelativePath path, OpenFlags flags, Caller caller)
      throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      return reopen(sys, openNode(sys, path), path, flags, caller);
    }
  }

  /** Opens what {@code node} is of for reading and writing, without its names. */
  LocalEditedNode reopen(Syscalls sys, int node, RelativePath path, OpenFlags flags, Caller caller)
      throws RealizeException {
    checked(sys.stat(node, sys.text("")), "stat", path);
    if (sys.stated().kind() != FileStat.Kind.FILE) {
      int errno = sys.stated().kind() == FileStat.Kind.DIRECTORY ? Errno.EISDIR : Errno.ENXIO;
      throw new CallFailed("open '" + path + "': no regular file", errno);
    }
    long wanted = Integer.toUnsignedLong(flags.bits() & ~(O_CREAT_EXCL_NOCTTY | OURS));
    String name = NodeCalls.path(node);
    int file =
        identity.as(
            sys,
            caller,
            () -> sys.open(Syscalls.AT_FDCWD, name, wanted | Syscalls.O_NONBLOCK, 0, 0));
    return opened(sys, path, file, caller);
  }

  private LocalEditedNode opened(Syscalls sys, RelativePath path, int file, Caller caller)
      throws RealizeException {
    return keep(sys, path, checked(file, "open", path), caller);
  }

  @Override
  public EditedFile create(RelativePath path, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int parent = parent(sys, path);
      long wanted =
          Integer.toUnsignedLong(flags.bits() & ~OURS)
              | Syscalls.O_CREAT
              | Syscalls.O_NOCTTY
              | Syscalls.O_NONBLOCK;
      int file =
          identity.make(
              sys,
              caller,
              mode,
              bits -> sys.open(parent, path.name(), wanted, bits, Syscalls.BENEATH));
      return opened(sys, path, file, caller);
    }
  }

  @Override
  public EditedFile createNameless(
      RelativePath directory, NewMode mode, OpenFlags flags, Caller caller)
      throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int root = root(sys);
      String name = directory.isRoot() ? "." : directory.toString();
      int kept = flags.bits() & ~(OURS | O_CREAT_NOCTTY);
      long wanted = Integer.toUnsignedLong(kept | O_TMPFILE | O_DIRECTORY);
      int file =
          identity.make(
              sys, caller, mode, bits -> sys.open(root, name, wanted, bits, Syscalls.BENEATH));
      return opened(sys, directory, file, caller);
    }
  }

  // ---- names

  @Override
  public DiskNode makeNode(
      RelativePath path, FileKind kind, int device, NewMode mode, Caller caller)
      throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int parent = parent(sys, path);
      int type = kind.modeBits();
      return made(
          sys,
          parent,
          path,
          identity.make(
              sys,
              caller,
              mode,
              bits -> NodeCalls.makeNode(sys, parent, path.name(), type | bits, device)));
    }
  }

  @Override
  public DiskNode makeDirectory(RelativePath path, NewMode mode, Caller caller)
      throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int parent = parent(sys, path);
      return made(
          sys,
          parent,
          path,
          identity.make(sys, caller, mode, bits -> sys.makeDirectory(parent, path.name(), bits)));
    }
  }

  @Override
  public DiskNode makeLink(RelativePath path, String target, Caller caller)
      throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int parent = parent(sys, path);
      return made(
          sys,
          parent,
          path,
          identity.as(sys, caller, () -> sys.makeLink(target, parent, path.name())));
    }
  }

  /** Gives what {@code descriptor} is of a further name. */
  DiskNode link(Syscalls sys, int descriptor, RelativePath to, Caller caller)
      throws RealizeException {
    int parent = parent(sys, to);
    return made(
        sys,
        parent,
        to,
        identity.as(sys, caller, () -> NodeCalls.link(sys, descriptor, parent, to.name())));
  }

  private static DiskNode made(Syscalls sys, int parent, RelativePath path, int result)
      throws RealizeException {
    checked(result, "make", path);
    return stated(sys, checked(sys.stat(parent, sys.text(path.name())), "stat", path));
  }

  @Override
  public void rename(RelativePath from, RelativePath to, RenameKind kind, Caller caller)
      throws RealizeException {
    int flags =
        switch (kind) {
          case REPLACE -> 0;
          case NEW -> Syscalls.NOREPLACE;
          case EXCHANGE -> Syscalls.EXCHANGE;
        };
    try (Syscalls sys = new Syscalls()) {
      int source = parent(sys, from);
      int target = parent(sys, to);
      checked(
          identity.as(sys, caller, () -> sys.rename(source, from.name(), target, to.name(), flags)),
          "rename '" + from + "' to",
          to);
    }
  }

  @Override
  public void remove(RelativePath path, Caller caller) throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int parent = parent(sys, path);
      checked(identity.as(sys, caller, () -> sys.removeFile(parent, path.name())), "remove", path);
    }
  }

  @Override
  public void removeDirectory(RelativePath path, Caller caller) throws RealizeException {
    try (Syscalls sys = new Syscalls()) {
      int parent = parent(sys, path);
      checked(
          identity.as(sys, caller, () -> sys.removeDirectory(parent, path.name())),
          "remove directory",
          path);
    }
  }

  // ---- the root

  private int root(Syscalls sys) throws RealizeException {
    if (disk.isReleased()) {
      throw new CallFailed("'" + disk.root() + "' is released", Errno.EROFS);
    }
    Path root = disk.root();
    int descriptor = sys.open(Syscalls.AT_FDCWD, root.toString(), Syscalls.O_PATH, 0, 0);
    if (descriptor < 0) {
      throw new CallFailed("open '" + root + "': " + Errno.text(-descriptor), Errno.EIO);
    }
    return descriptor;
  }

  private int parent(Syscalls sys, RelativePath path) throws RealizeException {
    RelativePath parent =
        path.parent().orElseThrow(() -> new CallFailed("change the root itself", Errno.EBUSY));
    int root = root(sys);
    return parent.isRoot()
        ? root
        : checked(
            sys.open(root, parent.toString(), Syscalls.O_PATH, 0, Syscalls.BENEATH),
            "find",
            parent);
  }

  static int checked(int result, String action, RelativePath path) throws CallFailed {
    if (result < 0) {
      throw new CallFailed(action + " '" + path + "': " + Errno.text(-result), -result);
    }
    return result;
  }

  static RealizeException failure(String action, IOException cause) {
    int errno =
        switch (cause) {
          case java.nio.file.NoSuchFileException _ -> Errno.ENOENT;
          case java.nio.file.NotDirectoryException _ -> Errno.ENOTDIR;
          case java.nio.file.AccessDeniedException _ -> Errno.EACCES;
          case org.realize.sync.port.ReleasedException _ -> Errno.EROFS;
          default -> 0;
        };
    return errno == 0
        ? Disk.failure(action, cause)
        : new CallFailed(action + ": " + cause.getMessage(), errno);
  }
}
