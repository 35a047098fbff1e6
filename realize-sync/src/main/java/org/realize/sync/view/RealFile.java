package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.transfer.ContentReader;
import org.realize.sync.transfer.Downloader;
import org.realize.sync.transfer.RealBytes;

/**
 * A file of the Real, opened as the version that was indexed. When somebody changes it below the
 * root, this handle goes on with the version's bytes from the blob and from peers, if they have
 * them. Reading it takes no lock.
 *
 * <p>It has no {@link #backing}: a kernel that read the real file directly would show bytes of
 * whatever it becomes, and cache them under this version's inode.
 */
final class RealFile implements OpenFile {

  private final Downloader downloader;
  private final ArenaView.Shown shown;
  private final RealBytes bytes;

  /** Set once the real file is another one; guarded by {@code lock} when written. */
  private volatile @Nullable ContentReader other;

  private volatile boolean closed;
  private final ReentrantLock lock = new ReentrantLock();

  RealFile(Downloader downloader, ArenaView.Shown shown, RealBytes bytes) {
    this.downloader = downloader;
    this.shown = shown;
    this.bytes = bytes;
  }

  @Override
  public long sizeBytes() {
    return shown.content().sizeBytes();
  }

  @Override
  public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
    ContentReader reader = other;
    if (reader == null) {
      try {
        return readReal(offsetBytes, destination);
      } catch (VersionGone e) {
        reader = other();
      }
    }
    return reader.readNow(offsetBytes, destination);
  }

  @Override
  public int read(long offsetBytes, ByteBuffer destination)
      throws RealizeException, InterruptedException {
    ContentReader reader = other;
    if (reader == null) {
      try {
        return readReal(offsetBytes, destination);
      } catch (VersionGone e) {
        reader = other();
      }
    }
    return reader.read(offsetBytes, destination);
  }

  private int readReal(long offset, ByteBuffer destination) throws RealizeException {
    int length = (int) Math.min(destination.remaining(), Math.max(0, sizeBytes() - offset));
    if (length == 0) {
      return 0;
    }
    ByteBuffer part = destination.slice(destination.position(), length);
    if (bytes.read(offset, part) < length) {
      throw new VersionGone("'" + shown.path() + "' became shorter");
    }
    destination.position(destination.position() + length);
    return length;
  }

  /** The version's bytes from elsewhere. Opening them waits for no peer. */
  private ContentReader other() throws RealizeException {
    lock.lock();
    try {
      ContentReader reader = other;
      if (reader == null) {
        if (closed) {
          throw new IllegalStateException("'" + shown.path() + "' is closed");
        }
        reader = downloader.open(shown.path(), shown.content());
        other = reader;
      }
      return reader;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Optional<Path> backing() {
    return Optional.empty();
  }

  @Override
  public void close() {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
    } finally {
      lock.unlock();
    }
    bytes.close();
    ContentReader reader = other;
    if (reader != null) {
      reader.close();
    }
  }
}
