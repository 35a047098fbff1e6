package org.realize.sync.content;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Blob;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.ReleasedException;
import org.realize.sync.real.Real;

/**
 * A regular file of the Real, open for reading: as the version that was indexed as long as its stat
 * is the indexed one, and as it is on the disk in any case. The open file is what was at the path
 * when it was opened, whatever is done to the name since. Safe for concurrent use.
 */
public final class RealBytes implements HeldBytes {

  private final RelativePath path;
  private final DiskFile file;
  private final Content.File content;
  private final FileStat indexed;
  private final boolean certain;
  private volatile FileStat latest;

  private RealBytes(
      RelativePath path, DiskFile file, PathState.IndexedFile indexed, boolean certain) {
    this.path = path;
    this.file = file;
    this.content = indexed.content();
    this.indexed = indexed.stat();
    this.certain = certain;
    this.latest = file.opened();
  }

  /**
   * Opens the regular file at the state's path, whether or not it is still the indexed one; empty
   * where none was indexed or none is there.
   *
   * @param mode {@link OpenMode#READ} for a program of the user's
   */
  public static Optional<RealBytes> open(Disk root, PathState state, OpenMode mode)
      throws RealizeException {
    RealVersion real = state.real();
    PathState.IndexedFile indexed = state.realFile().orElse(null);
    if (real == null || indexed == null) {
      return Optional.empty();
    }
    RelativePath path = state.path();
    try {
      DiskFile file = root.open(path, mode);
      return Optional.of(new RealBytes(path, file, indexed, real.isCertain()));
    } catch (AccessDeniedException e) {
      return Optional.empty();
    } catch (IOException e) {
      if (isOther(root, path, indexed.stat())) {
        return Optional.empty();
      }
      throw failed(path, e);
    }
  }

  /**
   * Opens the files of a content's size that were taken out of {@code root} from {@code path}. They
   * may have that content: no stat proves it. The caller closes them.
   */
  static List<RealBytes> trashed(Real root, RelativePath path, Content.File content)
      throws RealizeException {
    List<RealBytes> opened = new ArrayList<>();
    try {
      for (RelativePath taken : root.trash().taken(path, content.sizeBytes(), Integer.MAX_VALUE)) {
        DiskFile file = root.disk().open(taken, OpenMode.READ);
        opened.add(
            new RealBytes(taken, file, new PathState.IndexedFile(content, file.opened()), false));
      }
      return opened;
    } catch (IOException e) {
      opened.forEach(RealBytes::close);
      throw failed(path, e);
    }
  }

  private static boolean isOther(Disk root, RelativePath path, FileStat indexed)
      throws RealizeException {
    try {
      return root.stat(path).map(now -> !indexed.sameFile(now)).orElse(true);
    } catch (ReleasedException _) {
      return true;
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  @Override
  public Content.File content() {
    return content;
  }

  @Override
  public boolean has(long startBytes, long endBytes) {
    return endBytes <= content.sizeBytes();
  }

  /** The size of the file on the disk when its stat was last read. */
  public long sizeBytes() {
    return latest.sizeBytes();
  }

  /** True if the stat was the indexed one when it was last read. */
  public boolean isAsIndexed() {
    return indexed.sameFile(latest);
  }

  /** True if bytes read under the indexed stat need no hash: the stat proves the content. */
  public boolean isProven() {
    return certain && isAsIndexed();
  }

  /**
   * Reads the file as it is on the disk, whatever it holds now: until {@code destination} is full
   * or the file ends. Returns the number of bytes read; {@link #isAsIndexed} is of a moment after.
   */
  public int readNow(long offsetBytes, ByteBuffer destination) throws RealizeException {
    try {
      int length = file.read(destination, offsetBytes);
      latest = file.stat();
      return length;
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  @Override
  public void read(long offsetBytes, ByteBuffer destination) throws RealizeException {
    int length = destination.remaining();
    if (readNow(offsetBytes, destination) < length || !isAsIndexed()) {
      throw new VersionGone("'" + path + "' has changed since it was indexed");
    }
  }

  @Override
  public @Nullable Blob blob() {
    return null;
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
