package org.realize.sync.real;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;

/**
 * Snapshots of files that other programs are writing to: reflinks in Realize's own directory, which
 * hold still while they are read. They exist only where the file system can share blocks. A
 * snapshot is deleted when it is closed; what a kill leaves is deleted by {@link #clear}, before
 * the first scan. Thread-safe.
 */
public final class Snapshots {

  private static final RelativePath DIRECTORY =
      RelativePath.of(PlaceId.OWN_DIRECTORY).child("snapshot");

  private final Disk disk;
  private final AtomicLong next = new AtomicLong();

  public Snapshots(Disk disk) {
    this.disk = disk;
  }

  /** A file of Realize's own, gone when it is closed. */
  public record Snapshot(Disk disk, RelativePath path, DiskFile file) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      file.close();
      disk.delete(path);
    }
  }

  /**
   * Takes a snapshot of the first {@code sizeBytes} bytes of {@code source}; empty where the file
   * system cannot, or the file is shorter or longer than that.
   */
  public Optional<Snapshot> take(DiskFile source, long sizeBytes) throws IOException {
    OwnDirectories.make(disk, DIRECTORY);
    RelativePath path = DIRECTORY.child(Long.toString(next.getAndIncrement()));
    Snapshot snapshot = new Snapshot(disk, path, disk.open(path, OpenMode.CREATE_NEW));
    boolean isTaken = false;
    try {
      isTaken = snapshot.file().share(source, 0, sizeBytes);
    } finally {
      if (!isTaken) {
        snapshot.close();
      }
    }
    return isTaken ? Optional.of(snapshot) : Optional.empty();
  }

  /** Deletes what was left by a kill. */
  public void clear() throws IOException {
    OwnDirectories.clear(disk, DIRECTORY, (file, path) -> disk.delete(file));
  }
}
