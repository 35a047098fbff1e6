package org.realize.store.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.posix.Errno;
import org.realize.sync.posix.NodeCalls;
import org.realize.sync.posix.NodeCalls.NewTime;
import org.realize.sync.posix.Syscalls;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Caller;
import org.realize.sync.view.DiskNode;
import org.realize.sync.view.EditedFile;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.TimeChange;

/**
 * An inode of a {@link LocalEditableDisk} by a descriptor, for reading and writing if it was opened
 * for that. Writes are made as the caller that opened it. Thread-safe, as {@link LocalFile} is.
 */
final class LocalEditedNode implements EditedFile {

  private static final int SET_USER = 04000;
  private static final int SET_GROUP = 02000;
  private static final int GROUP_EXECUTES = 010;
  private static final int MAX_VALUE_BYTES = 64 << 10;
  private static final int SMALL_VALUE_BYTES = 1 << 10;
  private static final int MAX_COPY_BYTES = 1 << 30;

  private final LocalEditableDisk disk;
  private final LocalFile file;
  private final RelativePath path;
  private final Caller opener;

  LocalEditedNode(LocalEditableDisk disk, LocalFile file, Caller opener) {
    this.disk = disk;
    this.file = file;
    this.path = RelativePath.of(file.path());
    this.opener = opener;
  }

  /** A use of the descriptor, which stays open meanwhile. */
  private interface NodeUse<T> {
    T run(Syscalls sys, int descriptor) throws RealizeException;
  }

  private <T> T use(NodeUse<T> use) throws RealizeException {
    try {
      return file.<T, RealizeException>with(use::run);
    } catch (IOException closed) {
      throw new CallFailed("'" + path + "' is closed", Errno.EBADF);
    }
  }

  private int checked(int result, String action) throws CallFailed {
    return LocalEditableDisk.checked(result, action, path);
  }

  @Override
  public DiskNode stat() throws RealizeException {
    return use(this::stat);
  }

  private DiskNode stat(Syscalls sys, int descriptor) throws RealizeException {
    return LocalEditableDisk.stated(sys, checked(sys.stat(descriptor, sys.text("")), "stat"));
  }

  @Override
  public DiskNode change(AttributeChange change, Caller caller) throws RealizeException {
    return use((sys, descriptor) -> {
      Long size = change.sizeBytes();
      if (size != null) {
        checked(
            disk.identity().as(sys, caller, () -> resize(sys, descriptor, size)), "set the size");
      }
      if (change.owner().uid() != -1 || change.owner().gid() != -1) {
        checked(
            disk.identity()
                .as(
                    sys,
                    caller,
                    () ->
                        NodeCalls.setOwner(
                            sys, descriptor, change.owner().uid(), change.owner().gid())),
            "set the owner");
      }
      Integer mode = change.mode();
      if (mode != null) {
        checked(
            disk.identity().as(sys, caller, () -> NodeCalls.setMode(sys, descriptor, mode)),
            "set the mode");
      } else if (change.dropsSetId()) {
        dropSetId(sys, descriptor);
      }
      NewTime accessed = time(change.accessed());
      NewTime modified = time(change.modified());
      if (!(accessed instanceof NewTime.KeptTime && modified instanceof NewTime.KeptTime)) {
        checked(
            disk.identity()
                .as(sys, caller, () -> NodeCalls.setTimes(sys, descriptor, accessed, modified)),
            "set the times");
      }
      return stat(sys, descriptor);
    });
  }

  /** Of a file that is open for writing by that, else by its caller's rights. */
  private static int resize(Syscalls sys, int descriptor, long size) {
    int result = sys.truncate(descriptor, size);
    return result == -Errno.EBADF || result == -Errno.EINVAL
        ? NodeCalls.truncate(sys, descriptor, size)
        : result;
  }

  private static NewTime time(TimeChange change) {
    return switch (change) {
      case TimeChange.Stays() -> new NewTime.KeptTime();
      case TimeChange.Now() -> new NewTime.ClockTime();
      case TimeChange.To(var time) -> new NewTime.GivenTime(time);
    };
  }

  @Override
  public void dropSetId() throws RealizeException {
    use((sys, descriptor) -> {
      checked(sys.stat(descriptor, sys.text("")), "stat");
      dropSetId(sys, descriptor);
      return descriptor;
    });
  }

  private void dropSetId(Syscalls sys, int descriptor) throws RealizeException {
    int mode = stat(sys, descriptor).stat().mode();
    int dropped = SET_USER | ((mode & GROUP_EXECUTES) != 0 ? SET_GROUP : 0);
    if ((mode & dropped) != 0) {
      checked(NodeCalls.setMode(sys, descriptor, mode & ~dropped), "set the mode");
    }
  }

  @Override
  public DiskNode link(RelativePath to, Caller caller) throws RealizeException {
    return use((sys, descriptor) -> disk.link(sys, descriptor, to, caller));
  }

  @Override
  public EditedFile open(OpenFlags flags, Caller caller) throws RealizeException {
    return use((sys, descriptor) -> disk.reopen(sys, descriptor, path, flags, caller));
  }

  // ---- extended attributes

  @Override
  public List<String> attributeNames() throws RealizeException {
    return use((sys, descriptor) -> {
      MemorySegment names = sys.memory(MAX_VALUE_BYTES);
      int bytes = NodeCalls.attributeNames(sys, descriptor, names);
      if (bytes == -Errno.EOPNOTSUPP) {
        return List.of();
      }
      checked(bytes, "list the extended attributes");
      List<String> listed = new ArrayList<>();
      for (long at = 0; at < bytes; ) {
        String name = names.getString(at);
        listed.add(name);
        at += name.getBytes(StandardCharsets.UTF_8).length + 1L;
      }
      return listed;
    });
  }

  @Override
  public Optional<byte[]> attribute(String name) throws RealizeException {
    return use((sys, descriptor) -> {
      MemorySegment value = sys.memory(SMALL_VALUE_BYTES);
      int bytes = NodeCalls.attribute(sys, descriptor, name, value);
      if (bytes == -Errno.ERANGE) {
        value = sys.memory(MAX_VALUE_BYTES);
        bytes = NodeCalls.attribute(sys, descriptor, name, value);
      }
      if (bytes == -Errno.ENODATA || bytes == -Errno.EOPNOTSUPP) {
        return Optional.empty();
      }
      checked(bytes, "read the extended attribute " + name);
      return Optional.of(value.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE));
    });
  }

  @Override
  public void setAttribute(String name, byte[] value, AttributeSetting setting, Caller caller)
      throws RealizeException {
    int flags =
        switch (setting) {
          case ALWAYS -> 0;
          case NEW -> NodeCalls.XATTR_CREATE;
          case EXISTING -> NodeCalls.XATTR_REPLACE;
        };
    use((sys, descriptor) -> {
      MemorySegment bytes = sys.memory(value.length).copyFrom(MemorySegment.ofArray(value));
      return checked(
          disk.identity()
              .as(sys, caller, () -> NodeCalls.setAttribute(sys, descriptor, name, bytes, flags)),
          "set the extended attribute " + name);
    });
  }

  @Override
  public void removeAttribute(String name, Caller caller) throws RealizeException {
    use((sys, descriptor) ->
        checked(
            disk.identity().as(sys, caller, () -> NodeCalls.removeAttribute(sys, descriptor, name)),
            "remove the extended attribute " + name));
  }

  // ---- bytes

  @Override
  public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    try {
      return file.read(destination, offsetBytes);
    } catch (IOException e) {
      throw LocalEditableDisk.failure("read '" + path + "'", e);
    }
  }

  @Override
  public int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException {
    return use((sys, descriptor) -> {
      if (!source.isDirect()) {
        MemorySegment copy =
            sys.memory(Math.max(1, source.remaining())).copyFrom(MemorySegment.ofBuffer(source));
        return write(sys, descriptor, copy.asSlice(0, source.remaining()), offsetBytes, appends);
      }
      return write(sys, descriptor, MemorySegment.ofBuffer(source), offsetBytes, appends);
    });
  }

  private int write(
      Syscalls sys, int descriptor, MemorySegment source, long offsetBytes, boolean appends)
      throws RealizeException {
    return checked(
        disk.identity()
            .as(
                sys,
                opener,
                () ->
                    appends
                        ? sys.append(descriptor, source)
                        : sys.write(descriptor, source, offsetBytes)),
        "write");
  }

  @Override
  public void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException {
    use((sys, descriptor) ->
        checked(
            disk.identity()
                .as(
                    sys,
                    opener,
                    () -> NodeCalls.allocate(sys, descriptor, mode, offsetBytes, lengthBytes)),
            "allocate"));
  }

  @Override
  public long copyFrom(EditedFile source, long sourceBytes, long offsetBytes, long lengthBytes)
      throws RealizeException {
    if (!(source instanceof LocalEditedNode other)) {
      throw new CallFailed("copy from another kind of file", Errno.EXDEV);
    }
    long length = Math.min(lengthBytes, MAX_COPY_BYTES);
    return other.use((_, from) ->
        use((sys, descriptor) ->
            checked(
                disk.identity()
                    .as(
                        sys,
                        opener,
                        () ->
                            (int)
                                sys.copyRange(from, sourceBytes, descriptor, offsetBytes, length)),
                "copy")));
  }

  @Override
  public long seek(long offsetBytes, boolean toHole) throws RealizeException {
    return use((sys, descriptor) -> {
      int whence = toHole ? NodeCalls.SEEK_HOLE : NodeCalls.SEEK_DATA;
      long found = NodeCalls.seek(sys, descriptor, offsetBytes, whence);
      if (found < 0) {
        checked((int) found, "seek");
      }
      return found;
    });
  }

  @Override
  public void force(boolean dataOnly) throws RealizeException {
    use((sys, descriptor) ->
        checked(dataOnly ? sys.syncData(descriptor) : sys.sync(descriptor), "force"));
  }

  @Override
  public Path path() {
    return Path.of(NodeCalls.path(file.descriptor()));
  }

  @Override
  public void close() {
    file.close();
  }
}
