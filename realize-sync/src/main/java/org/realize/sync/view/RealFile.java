package org.realize.sync.view;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.real.RealBytes;
import org.realize.sync.transfer.Downloader;

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

  /** Set once the real file is another one. */
  private final AtomicReference<@Nullable OpenFile> other = new AtomicReference<>();

  private final AtomicBoolean closed = new AtomicBoolean();

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
    OpenFile reader = other.get();
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
    OpenFile reader = other.get();
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
  private OpenFile other() throws RealizeException {
    OpenFile opened = downloader.open(shown.path(), shown.content());
    if (other.compareAndSet(null, opened)) {
      if (closed.get()) {
        opened.close();
      }
      return opened;
    }
    opened.close();
    return Objects.requireNonNull(other.get());
  }

  @Override
  public Optional<Path> backing() {
    return Optional.empty();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      bytes.close();
      OpenFile reader = other.get();
      if (reader != null) {
        reader.close();
      }
    }
  }
}
