package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots of files that other programs are writing to: reflinks in the own directory of their
 * place, which hold still while they are read. They exist only where the file system can share
 * blocks. A snapshot is deleted when it is closed; what a kill leaves is deleted by {@link #clear},
 * before the first scan. Thread-safe.
 */
public final class Snapshots {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

  private final Disk disk;
  private final AtomicLong next = new AtomicLong();

  /** The open ones, which {@link #clear} leaves. */
  private final Set<RelativePath> open = ConcurrentHashMap.newKeySet();

  public Snapshots(Disk disk) {
    this.disk = disk;
  }

  /** A file of Realize's own, gone when it is closed. */
  public final class Snapshot implements AutoCloseable {
    private final RelativePath path;
    private final DiskFile file;

    private Snapshot(RelativePath path, DiskFile file) {
      this.path = path;
      this.file = file;
    }

    /** Its bytes. */
    public DiskFile file() {
      return file;
    }

    @Override
    public void close() throws IOException {
      file.close();
      disk.delete(path);
      open.remove(path);
    }
  }

  private static RelativePath directory(RelativePath place) {
    return PlaceId.own(place).child("snapshot");
  }

  /**
   * Takes a snapshot of the first {@code sizeBytes} bytes of {@code source}, the open file of
   * {@code name}; empty where the file system cannot, nothing can be made in its place, or the file
   * is shorter or longer than that.
   */
  public Optional<Snapshot> take(RelativePath name, DiskFile source, long sizeBytes)
      throws IOException {
    Snapshot snapshot;
    try {
      snapshot = create(directory(Places.holding(disk, name)));
    } catch (IOException refused) {
      LOG.debug("no snapshot of '{}': {}", name, refused.toString());
      return Optional.empty();
    }
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

  private Snapshot create(RelativePath directory) throws IOException {
    OwnDirectories.make(disk, directory);
    while (true) {
      RelativePath path = directory.child(Long.toString(next.getAndIncrement()));
      open.add(path);
      try {
        return new Snapshot(path, disk.open(path, OpenMode.CREATE_NEW));
      } catch (FileAlreadyExistsException leftByAKill) {
        open.remove(path);
      }
    }
  }

  /** Deletes what a kill left in a place. */
  void clear(RelativePath place) throws IOException {
    OwnDirectories.<RuntimeException>clear(
        disk,
        directory(place),
        (file, _) -> {
          if (!open.contains(file)) {
            disk.delete(file);
          }
        });
  }
}
