package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.posix.Errno;

/**
 * An open file of an arena with a root: the disk's, or, until a program makes it local, what the
 * store has. A program that changes it in place is seen at once.
 */
final class RootedFile implements OpenFile {

  /** The end of an open file. */
  interface FileClosing {
    void closed(RootedFile file);
  }

  private final Inode inode;
  private final @Nullable OpenFile stored;
  private final boolean writes;
  private final Pages pages;
  private final FileClosing closing;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable EditedFile file;
  private volatile boolean isDirect;

  RootedFile(
      Inode inode,
      @Nullable EditedFile file,
      @Nullable OpenFile stored,
      boolean writes,
      Pages pages,
      FileClosing closing) {
    this.inode = inode;
    this.file = file;
    this.stored = stored;
    this.writes = writes;
    this.pages = pages;
    this.closing = closing;
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

  /** The file of the disk; null while it is only in the store. */
  @Nullable EditedFile file() {
    return file;
  }

  /** Reads from now on what is on the disk, with the same bytes; closes it. */
  void madeReal(EditedFile real) {
    file = real;
    if (closed.get()) {
      real.close();
    }
  }

  private OpenFile inStore() {
    return Objects.requireNonNull(stored);
  }

  private EditedFile onDisk() throws CallFailed {
    EditedFile now = file;
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
    return now == null
        ? inStore().readNow(offsetBytes, destination)
        : now.read(offsetBytes, destination);
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    EditedFile now = file;
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
    return now == null || !isDirect ? Optional.empty() : Optional.of(now.path());
  }

  @Override
  public int write(long offsetBytes, ByteBuffer source, boolean appends) throws RealizeException {
    return onDisk().write(offsetBytes, source, appends);
  }

  @Override
  public void dropSetId() throws RealizeException {
    onDisk().dropSetId();
  }

  @Override
  public void allocate(int mode, long offsetBytes, long lengthBytes) throws RealizeException {
    onDisk().allocate(mode, offsetBytes, lengthBytes);
  }

  @Override
  public long copyFrom(OpenFile source, long sourceBytes, long offsetBytes, long lengthBytes)
      throws RealizeException {
    EditedFile from = source instanceof RootedFile other ? other.file() : null;
    if (from == null) {
      throw new CallFailed("copy what is not on the disk", Errno.EXDEV);
    }
    return onDisk().copyFrom(from, sourceBytes, offsetBytes, lengthBytes);
  }

  @Override
  public long nextData(long offsetBytes) throws RealizeException {
    EditedFile now = file;
    return now == null ? inStore().nextData(offsetBytes) : now.seek(offsetBytes, false);
  }

  @Override
  public long nextHole(long offsetBytes) throws RealizeException {
    EditedFile now = file;
    return now == null ? inStore().nextHole(offsetBytes) : now.seek(offsetBytes, true);
  }

  @Override
  public void force(boolean dataOnly) throws RealizeException {
    EditedFile now = file;
    if (now != null) {
      now.force(dataOnly);
    }
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      closing.closed(this);
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
