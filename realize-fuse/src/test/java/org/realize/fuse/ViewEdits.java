package org.realize.fuse;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.fuse.sys.Failures;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.posix.Errno;
import org.realize.sync.view.AttributeChange;
import org.realize.sync.view.AttributeSetting;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.Caller;
import org.realize.sync.view.Created;
import org.realize.sync.view.DirectoryEntry;
import org.realize.sync.view.EditableView;
import org.realize.sync.view.EntryName;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.NewMode;
import org.realize.sync.view.OpenFlags;
import org.realize.sync.view.RenameKind;
import org.realize.sync.view.TimeChange;

/** The editable view changed directly, by root. */
final class ViewEdits implements EditedTree {

  private static final Caller ROOT = new Caller(0, 0, 0);
  private static final int UMASK = 022;

  private final EditableView view;

  ViewEdits(EditableView view) {
    this.view = view;
  }

  private interface Call<T> {
    T run() throws RealizeException;
  }

  private interface Effect {
    void run() throws RealizeException;
  }

  private static <T> T refusing(Call<T> call) throws Tree.Refused {
    try {
      return call.run();
    } catch (RealizeException e) {
      throw new Tree.Refused(Failures.errno(e));
    }
  }

  private static void refusing(Effect effect) throws Tree.Refused {
    refusing(() -> {
      effect.run();
      return true;
    });
  }

  private Attributes at(String path) throws RealizeException {
    Attributes found = view.attributes(Inode.ROOT);
    for (String part : path.split("/", -1)) {
      if (!part.isEmpty()) {
        found = view.lookup(found.inode(), part);
      }
    }
    return found;
  }

  private EntryName name(String path) throws RealizeException {
    int slash = path.lastIndexOf('/');
    Inode directory = at(slash < 0 ? "" : path.substring(0, slash)).inode();
    return new EntryName(directory, path.substring(slash + 1));
  }

  private static Stat stat(Attributes found) {
    return new Stat(
        found.kind().modeBits() | found.mode(),
        found.owner().uid(),
        found.owner().gid(),
        found.links(),
        found.sizeBytes(),
        found.device());
  }

  @Override
  public Stat stat(String path) throws IOException {
    return refusing(() -> stat(at(path)));
  }

  @Override
  public Times times(String path) throws IOException {
    return refusing(() -> {
      var times = at(path).times();
      return new Times(times.accessed(), times.modified(), times.changed(), times.born());
    });
  }

  @Override
  public long inode(String path) throws IOException {
    return refusing(() -> at(path).inode().value());
  }

  @Override
  public List<String> names(String path) throws IOException {
    return refusing(() -> {
      List<String> names = new ArrayList<>();
      Inode directory = at(path).inode();
      List<DirectoryEntry> entries = view.list(directory, 0, 100);
      while (!entries.isEmpty()) {
        entries.forEach(entry -> names.add(entry.name()));
        entries = view.list(directory, entries.getLast().cursor(), 100);
      }
      return names.stream().sorted().toList();
    });
  }

  @Override
  public String target(String path) throws IOException {
    return refusing(() -> view.readLink(at(path).inode()));
  }

  private static NewMode mode(int bits) {
    return new NewMode(bits & 07777, UMASK);
  }

  @Override
  public void mkdir(String path, int mode) throws IOException {
    refusing(() -> view.makeDirectory(name(path), mode(mode), ROOT));
  }

  @Override
  public void rmdir(String path) throws IOException {
    refusing(() -> view.removeDirectory(name(path), ROOT));
  }

  @Override
  public void unlink(String path) throws IOException {
    refusing(() -> view.remove(name(path), ROOT));
  }

  @Override
  public void rename(String from, String to, int flags) throws IOException {
    RenameKind kind =
        switch (flags) {
          case NOREPLACE -> RenameKind.NEW;
          case EXCHANGE -> RenameKind.EXCHANGE;
          default -> RenameKind.REPLACE;
        };
    refusing(() -> view.rename(name(from), name(to), kind, ROOT));
  }

  @Override
  public void link(String from, String to) throws IOException {
    refusing(() -> view.link(at(from).inode(), name(to), ROOT));
  }

  @Override
  public void symlink(String target, String path) throws IOException {
    refusing(() -> view.makeLink(name(path), target, ROOT));
  }

  @Override
  public void mknod(String path, int mode, int device) throws IOException {
    refusing(() -> view.makeNode(name(path), FileKind.ofMode(mode), device, mode(mode), ROOT));
  }

  private void change(String path, AttributeChange change) throws IOException {
    refusing(() -> view.change(at(path).inode(), null, change, ROOT));
  }

  private static AttributeChange change(
      @Nullable Integer mode, FileOwner owner, @Nullable Long size) {
    boolean isChown = mode == null && size == null;
    return new AttributeChange(mode, owner, size, TimeChange.STAYS, TimeChange.STAYS, isChown);
  }

  @Override
  public void chmod(String path, int mode) throws IOException {
    change(path, change(mode, FileOwner.NOT_GIVEN, null));
  }

  @Override
  public void chown(String path, int uid, int gid) throws IOException {
    change(path, change(null, new FileOwner(uid, gid), null));
  }

  @Override
  public void truncate(String path, long size) throws IOException {
    change(path, change(null, FileOwner.NOT_GIVEN, size));
  }

  @Override
  public void utimens(String path, @Nullable FileTime accessed, @Nullable FileTime modified)
      throws IOException {
    TimeChange atime = accessed == null ? TimeChange.NOW : new TimeChange.To(accessed);
    TimeChange mtime = modified == null ? TimeChange.NOW : new TimeChange.To(modified);
    change(path, new AttributeChange(null, FileOwner.NOT_GIVEN, null, atime, mtime, false));
  }

  @Override
  public void setAttribute(String path, String name, byte[] value, int flags) throws IOException {
    AttributeSetting setting =
        switch (flags) {
          case 1 -> AttributeSetting.NEW;
          case 2 -> AttributeSetting.EXISTING;
          default -> AttributeSetting.ALWAYS;
        };
    refusing(() -> view.setAttribute(at(path).inode(), name, value, setting, ROOT));
  }

  @Override
  public byte[] attribute(String path, String name) throws IOException {
    return refusing(() -> view.attribute(at(path).inode(), name))
        .orElseThrow(() -> new Tree.Refused(Errno.ENODATA));
  }

  @Override
  public List<String> attributeNames(String path) throws IOException {
    return refusing(() -> view.attributeNames(at(path).inode()).stream().sorted().toList());
  }

  @Override
  public void removeAttribute(String path, String name) throws IOException {
    refusing(() -> view.removeAttribute(at(path).inode(), name, ROOT));
  }

  @Override
  public EditedFile open(String path, int flags, int mode) throws IOException {
    OpenFlags open = new OpenFlags(flags);
    return refusing(() -> {
      boolean appends = (flags & O_APPEND) != 0;
      if ((flags & O_CREAT) != 0) {
        Created created = view.create(name(path), mode(mode), open, ROOT);
        return new ViewFile(created.attributes().inode(), created.file(), appends);
      }
      Inode inode = at(path).inode();
      return new ViewFile(inode, view.open(inode, open, ROOT), appends);
    });
  }

  private final class ViewFile implements EditedFile {

    private final Inode inode;
    private final OpenFile file;
    private final boolean appends;

    ViewFile(Inode inode, OpenFile file, boolean appends) {
      this.inode = inode;
      this.file = file;
      this.appends = appends;
    }

    @Override
    public byte[] read(long offset, int count) throws IOException {
      return refusing(() -> {
        ByteBuffer buffer = ByteBuffer.allocate(count);
        int read = file.readNow(offset, buffer);
        return Arrays.copyOf(buffer.array(), read);
      });
    }

    @Override
    public int write(long offset, byte[] bytes) throws IOException {
      return refusing(() -> file.write(offset, ByteBuffer.wrap(bytes), appends));
    }

    @Override
    public void truncate(long size) throws IOException {
      refusing(() -> view.change(inode, file, change(null, FileOwner.NOT_GIVEN, size), ROOT));
    }

    @Override
    public void allocate(int mode, long offset, long length) throws IOException {
      refusing(() -> file.allocate(mode, offset, length));
    }

    @Override
    public long seek(long offset, int whence) throws IOException {
      return refusing(() -> whence == SEEK_DATA ? file.nextData(offset) : file.nextHole(offset));
    }

    @Override
    public void sync() throws IOException {
      refusing(() -> file.force(false));
    }

    @Override
    public Stat stat() throws IOException {
      return refusing(() -> ViewEdits.stat(view.attributes(inode)));
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
