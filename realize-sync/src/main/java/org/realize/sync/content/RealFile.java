package org.realize.sync.content;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.realize.sync.model.RealizeException;

/**
 * A file of the Real, opened for reading as it is on the disk: where a file is on this machine the
 * disk is the truth, also before a change is indexed. A program that changes it in place is seen at
 * once; one that replaces it leaves this handle the file that was opened. Reading takes no lock.
 *
 * <p>It has no {@link #backing}: a kernel that read the real file directly would keep pages of
 * whatever the file becomes under the inode of the version that was indexed.
 */
public final class RealFile implements OpenFile {

  private final RealBytes bytes;
  private final Pages pages;
  private final Runnable onChange;
  private final AtomicBoolean changed = new AtomicBoolean();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * A handle that owns {@code bytes}.
   *
   * @param onChange called once, when a read may have given bytes that are not the indexed ones
   *     though the kernel keeps them
   */
  public RealFile(RealBytes bytes, Pages pages, Runnable onChange) {
    this.bytes = bytes;
    this.pages = pages;
    this.onChange = onChange;
  }

  @Override
  public long sizeBytes() {
    return bytes.sizeBytes();
  }

  @Override
  public Pages pages() {
    return pages;
  }

  @Override
  public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
    int length = bytes.readNow(offsetBytes, destination);
    if (pages != Pages.UNCACHED && !bytes.isAsIndexed() && changed.compareAndSet(false, true)) {
      onChange.run();
    }
    return length;
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    return readNow(offsetBytes, destination);
  }

  @Override
  public Optional<Path> backing() {
    return Optional.empty();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      bytes.close();
    }
  }
}
