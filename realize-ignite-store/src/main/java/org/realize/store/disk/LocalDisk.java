package org.realize.store.disk;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.NotSupportedException;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.ReleasedException;
import org.realize.sync.port.UndecodableNameException;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.Syscalls;

/**
 * A directory tree of this machine. Linux only (5.6 or newer), independent of the locale.
 *
 * <p>Every operation opens the root again, by its absolute path, and resolves the rest below it
 * with one openat2(2) that refuses symbolic links. So a root that is unmounted or replaced is seen
 * at once, no descriptor keeps a user from unmounting it, and nothing that others do below it at
 * the same time leads outside. New files and directories are for their owner only. Interrupting a
 * thread disturbs no file.
 */
public final class LocalDisk implements Disk {

  private static final int LISTING_BYTES = 64 * 1024;
  private static final int LINK_BYTES = 4097;

  /** The extended attributes of a directory that decide over those of new names in it. */
  private static final List<String> INHERITED =
      List.of("system.posix_acl_default", "security.selinux");

  private static final int INHERITED_BYTES = 64 << 10;

  /** Answers of a file system, or a kernel, that does not have the operation. */
  private static final Set<Integer> LACKED =
      Set.of(-Errno.EINVAL, -Errno.ENOSYS, -Errno.EOPNOTSUPP);

  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final Path root;
  private final TransferBuffers buffers = new TransferBuffers();

  /** The files that are open. */
  private final Set<LocalFile> open = ConcurrentHashMap.newKeySet();

  private volatile boolean released;

  /** A disk below {@code root}, which need not exist yet. */
  public LocalDisk(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  /** Where it is. */
  public Path root() {
    return root;
  }

  /**
   * Closes all open files, once what runs on them has ended, and fails whatever comes with {@link
   * ReleasedException}, until {@link #reopen}.
   */
  public void release() {
    released = true;
    open.forEach(LocalFile::close);
  }

  /** Ends {@link #release}; files that it closed stay closed. */
  public void reopen() {
    released = false;
  }

  public boolean isReleased() {
    return released;
  }

  /** The files and directories at and below the root that this process has open. */
  public List<String> descriptors() throws IOException {
    Set<Path> roots = new HashSet<>(Set.of(root));
    try {
      roots.add(root.toRealPath());
    } catch (IOException absent) {
      // Its disk is not there: then the links say where it was.
    }
    List<String> below = new ArrayList<>();
    try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path descriptor : descriptors) {
        try {
          Path target = Files.readSymbolicLink(descriptor);
          if (roots.stream().anyMatch(target::startsWith)) {
            below.add(target.toString());
          }
        } catch (NoSuchFileException closed) {
          // It was closed since it was listed.
        }
      }
    }
    return below;
  }

  @Override
  public Listing list(RelativePath directory) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      List<String> names = new ArrayList<>();
      List<String> undecodable = new ArrayList<>();
      eachName(
          sys,
          openDirectory(sys, directory),
          directory,
          (descriptor, name, bytes) -> {
            String text = Names.decode(bytes);
            if (text == null) {
              undecodable.add(Names.printable(bytes));
            } else {
              names.add(text);
            }
          });
      return new Listing(names, undecodable);
    }
  }

  @Override
  public Entries entries(RelativePath directory) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      List<Entry> entries = new ArrayList<>();
      List<String> undecodable = new ArrayList<>();
      List<Unreadable> unreadable = new ArrayList<>();
      int listed = openDirectory(sys, directory);
      check(sys.stat(listed, sys.text("")), "stat", directory);
      FileStat own = sys.stated();
      eachName(
          sys,
          listed,
          directory,
          (descriptor, name, bytes) -> {
            String text = Names.decode(bytes);
            if (text == null) {
              undecodable.add(Names.printable(bytes));
              return;
            }
            int result = sys.stat(descriptor, name);
            if (result == 0) {
              entries.add(new Entry(text, sys.stated(), sys.statedBytes()));
            } else if (result == -Errno.EACCES) {
              check(result, "stat", directory.child(text)); // no name of it can be looked up
            } else if (result != -Errno.ENOENT) {
              unreadable.add(new Unreadable(text, "stat: " + Errno.text(-result)));
            }
          });
      return new Entries(own, entries, undecodable, unreadable);
    }
  }

  /** A visitor of each name of a directory but {@code .} and {@code ..}. */
  private interface NameVisitor {
    /** The segment is NUL-terminated and valid during the call. */
    void visit(int directory, MemorySegment name, byte[] bytes) throws IOException;
  }

  private int openDirectory(Syscalls sys, RelativePath path) throws IOException {
    return openBelow(sys, openRoot(sys), path, Syscalls.O_RDONLY | Syscalls.O_NONBLOCK, 0);
  }

  private static void eachName(Syscalls sys, int directory, RelativePath path, NameVisitor visitor)
      throws IOException {
    MemorySegment buffer = sys.memory(LISTING_BYTES);
    while (true) {
      int filled = check(sys.entries(directory, buffer), "list", path);
      if (filled == 0) {
        return;
      }
      for (int at = 0; at < filled; ) {
        int length = Short.toUnsignedInt(buffer.get(JAVA_SHORT, at + 16L));
        MemorySegment name = buffer.asSlice(at + 19L, length - 19L);
        byte[] bytes = upToNul(name);
        if (!isDots(bytes)) {
          visitor.visit(directory, name, bytes);
        }
        at += length;
      }
    }
  }

  private static byte[] upToNul(MemorySegment name) {
    int length = 0;
    while (name.get(JAVA_BYTE, length) != 0) {
      length++;
    }
    return name.asSlice(0, length).toArray(JAVA_BYTE);
  }

  private static boolean isDots(byte[] name) {
    return name[0] == '.' && (name.length == 1 || (name.length == 2 && name[1] == '.'));
  }

  @Override
  public Optional<FileStat> stat(RelativePath path) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int directory = openRoot(sys);
      Optional<RelativePath> parent = path.parent();
      if (parent.isPresent() && !parent.get().isRoot()) {
        directory =
            sys.open(directory, parent.get().toString(), Syscalls.O_PATH, 0, Syscalls.BENEATH);
        if (directory == -Errno.ENOENT) {
          return Optional.empty();
        }
        check(directory, "stat", path);
      }
      int result = sys.stat(directory, sys.text(path.name()));
      if (result == -Errno.ENOENT) {
        return Optional.empty();
      }
      check(result, "stat", path);
      return Optional.of(sys.stated());
    }
  }

  @Override
  public long fileSystemType(RelativePath directory) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      check(sys.fileSystem(openDirectory(sys, directory)), "ask for the file system", directory);
      return sys.figure(0);
    }
  }

  @Override
  public DiskFile open(RelativePath path, OpenMode mode) throws IOException {
    long flags =
        switch (mode) {
          case READ -> Syscalls.O_RDONLY;
          case READ_UNNOTICED -> Syscalls.O_RDONLY | Syscalls.O_NOATIME;
          case UPDATE -> Syscalls.O_RDWR;
          case CREATE_NEW -> Syscalls.O_RDWR | Syscalls.O_CREAT | Syscalls.O_EXCL;
        };
    try (Syscalls sys = new Syscalls()) {
      int file =
          openBelow(
              sys,
              openRoot(sys),
              path,
              flags | Syscalls.O_NONBLOCK | Syscalls.O_NOCTTY,
              mode == OpenMode.CREATE_NEW ? 0600 : 0);
      check(sys.stat(file, sys.text("")), "stat", path);
      if (sys.stated().kind() != FileStat.Kind.FILE) {
        throw new FileSystemException(path.toString(), null, "not a regular file");
      }
      return keep(sys, path, file);
    }
  }

  /** The file of {@code descriptor}, of which the stat was the last one that {@code sys} made. */
  LocalFile keep(Syscalls sys, RelativePath path, int descriptor) throws ReleasedException {
    LocalFile kept =
        new LocalFile(path.toString(), sys.keep(descriptor), sys.stated(), buffers, open::remove);
    open.add(kept);
    if (released) { // while it was opened
      kept.close();
      throw new ReleasedException(root.toString());
    }
    return kept;
  }

  @Override
  public OpenState openForWriting(RelativePath directory, List<String> files) throws IOException {
    OpenState all = OpenState.CLOSED;
    try (Syscalls sys = new Syscalls()) {
      int above = openDirectory(sys, directory);
      check(sys.fileSystem(above), "ask for the file system", directory);
      boolean isAnswered = sys.figure(0) != LocalFile.OVERLAYFS;
      for (String name : files) {
        OpenState state = openForWriting(above, directory, name);
        if (state == OpenState.OPEN) {
          return state;
        }
        all = isAnswered && state == OpenState.CLOSED ? all : OpenState.UNKNOWN;
      }
    }
    return all;
  }

  private static OpenState openForWriting(int above, RelativePath directory, String name)
      throws IOException {
    try (Syscalls sys = new Syscalls()) {
      long flags = Syscalls.O_RDONLY | Syscalls.O_NONBLOCK | Syscalls.O_NOCTTY;
      int file = sys.open(above, name, flags, 0, Syscalls.BENEATH);
      if (file == -Errno.EACCES) {
        return OpenState.UNKNOWN;
      }
      int lease = sys.tryLease(check(file, "open", directory.child(name)));
      if (lease == -Errno.EAGAIN) {
        return OpenState.OPEN;
      }
      return lease < 0 ? OpenState.UNKNOWN : OpenState.CLOSED;
    }
  }

  @Override
  public String readLink(RelativePath path) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      MemorySegment target = sys.memory(LINK_BYTES);
      int length = sys.readLink(openParent(sys, path), path.name(), target);
      if (length == -Errno.EINVAL) {
        throw Errno.notALink(path.toString());
      }
      check(length, "read the link", path);
      byte[] bytes = target.asSlice(0, length).toArray(JAVA_BYTE);
      String text = Names.decode(bytes);
      if (text == null) {
        throw new UndecodableNameException(path.toString(), Names.printable(bytes));
      }
      return text;
    }
  }

  @Override
  public void createDirectory(RelativePath path) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      check(sys.makeDirectory(openParent(sys, path), path.name(), 0700), "create directory", path);
    }
  }

  /** Set-group bit and group, default ACL, and the label of SELinux. */
  @Override
  public List<String> createDirectoryLike(RelativePath path, RelativePath model)
      throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int like = openDirectory(sys, model);
      check(sys.makeDirectory(openParent(sys, path), path.name(), 0700), "create directory", path);
      int made = openDirectory(sys, path);
      check(sys.stat(like, sys.text("")), "stat", model);
      int setGroup = sys.stated().mode() & 02000;
      int group = sys.statedGroup();
      List<String> left = new ArrayList<>();
      if (sys.setOwner(made, -1, group) < 0 && setGroup != 0) {
        left.add("group");
      }
      check(sys.setMode(made, 0700 | setGroup), "set the mode", path);
      for (String inherited : INHERITED) {
        if (!hasSame(sys, made, like, inherited)) {
          left.add(inherited);
        }
      }
      return left;
    }
  }

  /** Gives a directory an extended attribute of another one; false if it cannot be set. */
  private static boolean hasSame(Syscalls sys, int directory, int model, String attribute) {
    MemorySegment name = sys.text(attribute);
    if (sys.attribute(directory, name, MemorySegment.NULL) <= 0
        && sys.attribute(model, name, MemorySegment.NULL) <= 0) {
      return true;
    }
    MemorySegment value = sys.memory(INHERITED_BYTES);
    byte[] before = attribute(sys, directory, name, value);
    byte[] wanted = attribute(sys, model, name, value);
    if (Arrays.equals(before, wanted)) {
      return true;
    }
    int result =
        wanted.length == 0
            ? sys.removeAttribute(directory, name)
            : sys.setAttribute(directory, name, value, wanted.length);
    return result >= 0;
  }

  /** Empty where there is none. */
  private static byte[] attribute(Syscalls sys, int file, MemorySegment name, MemorySegment value) {
    int length = sys.attribute(file, name, value);
    return value.asSlice(0, Math.max(0, length)).toArray(JAVA_BYTE);
  }

  @Override
  public void createLink(RelativePath path, String target) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int result = sys.makeLink(target, openParent(sys, path), path.name());
      if (LACKED.contains(result) || result == -Errno.EPERM) {
        throw new NotSupportedException(path.toString(), "make a symbolic link");
      }
      check(result, "make a symbolic link", path);
    }
  }

  @Override
  public void setAttributes(RelativePath path, int mode, FileTime mtime) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int parent = openParent(sys, path);
      check(sys.stat(parent, sys.text(path.name())), "stat", path);
      switch (sys.stated().kind()) {
        case LINK -> check(sys.setModified(parent, path.name(), mtime), "set the time", path);
        case DIRECTORY -> {
          int directory = openDirectory(sys, path);
          check(sys.setModified(directory, mtime), "set the time", path);
          check(sys.setMode(directory, mode), "set the mode", path);
        }
        case FILE, OTHER ->
            throw new FileSystemException(path.toString(), null, "neither directory nor link");
      }
    }
  }

  @Override
  public void delete(RelativePath path) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int parent = openParent(sys, path);
      int result = sys.removeFile(parent, path.name());
      if (result == -Errno.EISDIR) {
        result = sys.removeDirectory(parent, path.name());
      }
      check(result, "delete", path);
    }
  }

  @Override
  public void deleteDirectory(RelativePath path) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      check(sys.removeDirectory(openParent(sys, path), path.name()), "delete", path);
    }
  }

  @Override
  public void rename(RelativePath source, RelativePath target) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int ignored = rename(sys, source, target, 0);
    }
  }

  @Override
  public Optional<FileStat> renameNew(RelativePath source, RelativePath target) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int directory = rename(sys, source, target, Syscalls.NOREPLACE);
      int result = sys.stat(directory, sys.text(target.name()));
      if (result == -Errno.ENOENT) {
        return Optional.empty();
      }
      check(result, "stat", target);
      return Optional.of(sys.stated());
    }
  }

  @Override
  public void exchange(RelativePath one, RelativePath other) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int ignored = rename(sys, one, other, Syscalls.EXCHANGE);
    }
  }

  /** Returns the descriptor of the target's directory. */
  private int rename(Syscalls sys, RelativePath source, RelativePath target, int flags)
      throws IOException {
    int root = openRoot(sys);
    int from = openParent(sys, root, source);
    int to = openParent(sys, root, target);
    int result = sys.rename(from, source.name(), to, target.name(), flags);
    if (result == -Errno.ENOENT) {
      throw Errno.exception(Errno.ENOENT, "rename", source.toString());
    }
    if (flags != 0 && LACKED.contains(result)) {
      throw new NotSupportedException(target.toString(), "rename " + source + " to");
    }
    check(result, "rename " + source + " to", target);
    return to;
  }

  @Override
  public void link(RelativePath existing, RelativePath name) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int root = openRoot(sys);
      int from = openParent(sys, root, existing);
      int to = openParent(sys, root, name);
      int result = sys.link(from, existing.name(), to, name.name());
      if (result == -Errno.ENOENT) {
        throw Errno.exception(Errno.ENOENT, "link", existing.toString());
      }
      if (LACKED.contains(result) || result == -Errno.EPERM) {
        throw new NotSupportedException(name.toString(), "link " + existing + " to");
      }
      check(result, "link " + existing + " to", name);
    }
  }

  @Override
  public void forceFileSystem(RelativePath directory) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      check(sys.syncAll(openDirectory(sys, directory)), "force", directory);
    }
  }

  @Override
  public void forceFile(RelativePath path) throws IOException {
    forceDirectory(path);
  }

  @Override
  public void forceDirectory(RelativePath directory) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      check(sys.sync(openDirectory(sys, directory)), "force", directory);
    }
  }

  @Override
  public DiskUsage usage(RelativePath directory) throws IOException {
    try (Syscalls sys = new Syscalls()) {
      int descriptor = directory.isRoot() ? openRoot(sys) : openDirectory(sys, directory);
      check(sys.fileSystem(descriptor), "ask for the room at", directory);
      long unit = sys.figure(72) != 0 ? sys.figure(72) : sys.figure(8);
      return new DiskUsage(
          (int) unit,
          sys.figure(16) * unit,
          sys.figure(24) * unit,
          sys.figure(32) * unit,
          sys.figure(40),
          sys.figure(48));
    }
  }

  private int openRoot(Syscalls sys) throws IOException {
    if (released) {
      throw new ReleasedException(root.toString());
    }
    int descriptor = sys.open(Syscalls.AT_FDCWD, root.toString(), Syscalls.O_PATH, 0, 0);
    if (descriptor == -Errno.ENOSYS) {
      throw new FileSystemException(
          root.toString(), null, "the kernel has no openat2: Linux 5.6 or newer is needed");
    }
    if (descriptor < 0) {
      throw Errno.exception(-descriptor, "open", root.toString());
    }
    return descriptor;
  }

  private int openParent(Syscalls sys, RelativePath path) throws IOException {
    return openParent(sys, openRoot(sys), path);
  }

  private int openParent(Syscalls sys, int descriptor, RelativePath path) throws IOException {
    RelativePath parent =
        path.parent()
            .orElseThrow(
                () -> new FileSystemException(root.toString(), null, "the root is no name"));
    return parent.isRoot() ? descriptor : openBelow(sys, descriptor, parent, Syscalls.O_PATH, 0);
  }

  private static int openBelow(Syscalls sys, int root, RelativePath path, long flags, int mode)
      throws IOException {
    String name = path.isRoot() ? "." : path.toString();
    int result = sys.open(root, name, flags, mode, Syscalls.BENEATH);
    if (result == -Errno.EPERM && (flags & Syscalls.O_NOATIME) != 0) {
      result = sys.open(root, name, flags & ~Syscalls.O_NOATIME, mode, Syscalls.BENEATH);
    }
    return check(result, "open", path);
  }

  private static int check(int result, String action, RelativePath path) throws IOException {
    if (result < 0) {
      throw Errno.exception(-result, action, path.toString());
    }
    return result;
  }
}
