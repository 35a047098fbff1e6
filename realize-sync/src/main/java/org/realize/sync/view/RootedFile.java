package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.realize.sync.branch.Branch;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.posix.Errno;

/**
 * An open file of an arena with a root: the disk's, or, until a program makes it local, what the
 * store has. A program that changes it in place is seen at once.
 */
final class RootedFile implements OpenFile {

  /** The owner of an open file. */
  interface FileHost {
    void closed(RootedFile file);

    /** Gives an open file of what is only in the store, which a program writes to, a branch. */
    void branch(RootedFile file) throws RealizeException;
  }

  private final Inode inode;
  private final @Nullable OpenFile stored;
  private final boolean writes;
  private final Pages pages;
  private final FileHost host;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable EditedFile file;

  private volatile @Nullable OpenedBase base;
  private volatile @Nullable Attributes seen;
  private volatile @Nullable RelativePath openedAt;

  /** Set before {@link #file}, and read after it: a branch's file alone has holes. */
  private volatile @Nullable Branch branch;

  private volatile boolean isDirect;

  RootedFile(
      Inode inode,
      @Nullable EditedFile file,
      @Nullable OpenFile stored,
      boolean writes,
      Pages pages,
      FileHost host) {
    this.inode = inode;
    this.file = file;
    this.stored = stored;
    this.writes = writes;
    this.pages = pages;
    this.host = host;
  }

  Inode inode() {
    return inode;
  }

  boolean writes() {
    return writes;
  }

  void direct(boolean direct) {
    isDirect = direct;
  }

  /** What a first write into it branches; null where it is not open for writing. */
  @Nullable OpenedBase base() {
    return base;
  }

  void base(OpenedBase opened) {
    base = opened;
  }

  /** What it was when it was opened; null for what was not in the store alone. */
  @Nullable Attributes seen() {
    return seen;
  }

  void seen(Attributes opened) {
    seen = opened;
  }

  /** Where it was opened for writing on the disk; null if it was not, or has no name. */
  @Nullable RelativePath openedAt() {
    return openedAt;
  }

  void openedAt(@Nullable RelativePath path) {
    openedAt = path;
  }

  /** The file of the disk; null while it is only in the store. */
  @Nullable EditedFile file() {
    return file;
  }

  /**
   * Reads and writes from now on what is on the disk, with the same bytes; closes it, also where it
   * has a file already.
   */
  synchronized void madeReal(EditedFile real) {
    if (file != null) {
      real.close();
      return;
    }
    file = real;
    if (closed.get()) {
      real.close();
    }
  }

  /** The branch that it reads and writes; null for none. */
  @Nullable Branch branch() {
    return branch;
  }

  /**
   * Reads and writes a branch from now on; closes {@code attributes}. Does nothing if it has a file
   * already.
   *
   * @return false if it has ended, or has a file already
   */
  synchronized boolean branched(Branch begun, EditedFile attributes) {
    if (file != null || closed.get()) {
      return false;
    }
    branch = begun;
    file = attributes;
    return true;
  }

  private OpenFile inStore() {
    return Objects.requireNonNull(stored);
  }

  /** The file of the disk itself, for what a branch cannot do. */
  private EditedFile onDisk(String action) throws CallFailed {
    EditedFile now = file;
    if (branch != null || (now == null && writes)) {
      throw new CallFailed(action + ": it is elsewhere in part", Errno.EOPNOTSUPP);
    }
    if (now == null) {
      throw new CallFailed("write: not open for writing", Errno.EBADF);
    }
    return now;
  }

  @Override
  public long sizeBytes() {
    EditedFile now = file;
    if (now == null) {
      return inStore().sizeBytes();
    }
    try {
      return now.stat().stat().sizeBytes();
    } catch (RealizeException e) {
      return 0;
    }
  }

  @Override
  public Pages pages() {
    return pages;
  }

  @Override
  public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
    EditedFile now = file;
    Branch begun = branch;
    if (begun != null) {
      return begun.readNow(offsetBytes, destination);
    }
    return now == null
        ? inStore().readNow(offsetBytes, destination)
        : now.read(offsetBytes, destination);
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    EditedFile now = file;
    Branch begun = branch;
    if (begun != null) {
      return begun.read(offsetBytes, destination);
    }
    return now == null
        ? inStore().read(offsetBytes, destination)
        : now.read(offsetBytes, destination);
  }

  @Override
  public Optional<Path> backing() {
    return file == null && !isDirect ? inStore().backing() : Optional.empty();
  }

  @Override
  public Optional<Path> diskFile() {
    EditedFile now = file;
    return now == null || branch != null || !isDirect ? Optional.empty() : Optional.of(now.path());
  }

  @Override
  public int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException {
    if (file == null && writes) {
      host.branch(this);
    }
    Branch begun = branch;
    return begun == null
        ? onDisk("write").write(offsetBytes, source, appends)
        : begun.write(offsetBytes, source, appends);
  }

  @Override
  public void dropSetId() throws RealizeException {
    EditedFile now = file;
    if (now == null) {
      return; // what is only in the store has none
    }
    now.dropSetId();
  }

  @Override
  public void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException {
    onDisk("allocate").allocate(mode, offsetBytes, lengthBytes);
  }

  @Override
  public long copyFrom(OpenFile source, long sourceBytes, long offsetBytes, long lengthBytes)
      throws RealizeException {
    EditedFile from = source instanceof RootedFile other ? other.file : null;
    if (from == null || ((RootedFile) source).branch != null) {
      throw new CallFailed("copy what is not on the disk", Errno.EXDEV);
    }
    return onDisk("copy").copyFrom(from, sourceBytes, offsetBytes, lengthBytes);
  }

  @Override
  public long nextData(long offsetBytes) throws RealizeException {
    EditedFile now = file;
    if (branch != null) {
      return OpenFile.super.nextData(offsetBytes);
    }
    return now == null ? inStore().nextData(offsetBytes) : now.seek(offsetBytes, false);
  }

  @Override
  public long nextHole(long offsetBytes) throws RealizeException {
    EditedFile now = file;
    if (branch != null) {
      return OpenFile.super.nextHole(offsetBytes);
    }
    return now == null ? inStore().nextHole(offsetBytes) : now.seek(offsetBytes, true);
  }

  @Override
  public void force(boolean dataOnly) throws RealizeException {
    EditedFile now = file;
    Branch begun = branch;
    if (begun != null) {
      begun.force();
    } else if (now != null) {
      now.force(dataOnly);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      host.closed(this);
      EditedFile now = file;
      if (now != null) {
        now.close();
      }
      if (stored != null) {
        stored.close();
      }
    }
  }
}
