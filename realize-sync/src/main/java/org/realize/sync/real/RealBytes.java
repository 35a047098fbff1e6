package org.realize.sync.real;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;

/**
 * A real file exactly as it was indexed, open for reading. Its stat is compared when it is opened
 * and after every read, so that no byte of a later content is ever taken for this one; a difference
 * is {@code VersionGone}. Safe for concurrent use.
 */
public final class RealBytes implements AutoCloseable {

  private final RelativePath path;
  private final DiskFile file;
  private final FileStat indexed;

  private RealBytes(RelativePath path, DiskFile file, FileStat indexed) {
    this.path = path;
    this.file = file;
    this.indexed = indexed;
  }

  /** Opens {@code path} if it is still what {@code indexed} says. */
  public static RealBytes open(Disk root, RelativePath path, FileStat indexed)
      throws RealizeException {
    try {
      RealBytes real = new RealBytes(path, root.open(path, Disk.OpenMode.READ), indexed);
      try {
        real.check();
        return real;
      } catch (RealizeException | RuntimeException e) {
        real.close();
        throw e;
      }
    } catch (AccessDeniedException e) {
      throw new VersionGone("'" + path + "' cannot be opened any more: " + e.getMessage());
    } catch (IOException e) {
      if (isOther(root, path, indexed)) {
        throw new VersionGone("'" + path + "' is another one than was indexed");
      }
      throw failed(path, e);
    }
  }

  private static boolean isOther(Disk root, RelativePath path, FileStat indexed)
      throws RealizeException {
    try {
      return root.stat(path).map(now -> !indexed.sameFile(now)).orElse(true);
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  /** Reads until {@code destination} is full or the file ends; returns the bytes read. */
  public int read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    try {
      int length = file.read(destination, offsetBytes);
      check();
      return length;
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  /** Fills {@code destination}; {@code VersionGone} also when the file is too short for that. */
  public void fill(long offsetBytes, ByteBuffer destination) throws RealizeException {
    int length = destination.remaining();
    if (read(offsetBytes, destination) < length) {
      throw new VersionGone("'" + path + "' became shorter");
    }
  }

  private void check() throws RealizeException {
    try {
      if (!indexed.sameFile(file.stat())) {
        throw new VersionGone("'" + path + "' has changed since it was indexed");
      }
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private static StorageFailed failed(RelativePath path, IOException cause) {
    return new StorageFailed("read '" + path + "'", cause);
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("close '" + path + "'", e);
    }
  }
}
