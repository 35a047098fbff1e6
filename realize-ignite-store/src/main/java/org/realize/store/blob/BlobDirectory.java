package org.realize.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;

/**
 * The files of the blobs, all in the root of one disk. A file is named {@code ID-HASH16.blob}: the
 * id is never given out twice while the table remembers it, and the hash keeps a file from passing
 * for another content's after the table was put back to an earlier state. Thread-safe.
 */
final class BlobDirectory {

  private static final Pattern OURS = Pattern.compile("[0-9a-f]{16}-[0-9a-f]{16}\\.blob");

  private final Disk disk;
  private final @Nullable Path place;
  private final Object names = new Object();
  // guarded by names
  private long created;
  private long forced;

  /**
   * @param place where the disk's root is, for those who open a complete file by themselves; null
   *     if that is nowhere
   */
  BlobDirectory(Disk disk, @Nullable Path place) {
    this.disk = disk;
    this.place = place;
  }

  static String name(BlobRow row) {
    return String.format("%016x-%s.blob", row.fileId(), row.hash().toString().substring(0, 16));
  }

  private static RelativePath path(BlobRow row) {
    return RelativePath.of(name(row));
  }

  /** A blob's file as found in the directory. */
  record Found(String name, long sizeBytes) {}

  /** All files that are blobs by their name; others are not ours. */
  List<Found> files() throws IOException {
    List<Found> found = new ArrayList<>();
    for (Disk.Entry entry : disk.entries(RelativePath.ROOT).entries()) {
      if (entry.stat().kind() == FileStat.Kind.FILE && OURS.matcher(entry.name()).matches()) {
        found.add(new Found(entry.name(), entry.stat().sizeBytes()));
      }
    }
    return found;
  }

  /** Bytes in the blob's file; empty when it has none. */
  Optional<Long> sizeOf(BlobRow row) throws IOException {
    return disk.stat(path(row)).map(stat -> stat.sizeBytes());
  }

  DiskFile openExisting(BlobRow row) throws IOException {
    return disk.open(path(row), OpenMode.UPDATE);
  }

  /** A new, sparse file of the blob's size. */
  DiskFile create(BlobRow row) throws IOException {
    DiskFile file = disk.open(path(row), OpenMode.CREATE_NEW);
    synchronized (names) {
      created++;
    }
    try {
      file.truncate(row.sizeBytes());
      return file;
    } catch (IOException e) {
      try (file) {
        throw e;
      }
    }
  }

  /** Nothing happens when it is gone already. */
  void delete(BlobRow row) throws IOException {
    RelativePath path = path(row);
    if (disk.stat(path).isPresent()) {
      disk.delete(path);
    }
  }

  void delete(Found found) throws IOException {
    disk.delete(RelativePath.of(found.name()));
  }

  /** Makes the names of all files made so far durable. */
  void forceNames() throws IOException {
    long seen;
    synchronized (names) {
      if (created == forced) {
        return;
      }
      seen = created;
    }
    disk.forceDirectory(RelativePath.ROOT);
    synchronized (names) {
      forced = Math.max(forced, seen);
    }
  }

  /** As {@link #forceNames}, for names that an earlier process made. */
  void forceAllNames() throws IOException {
    disk.forceDirectory(RelativePath.ROOT);
  }

  Optional<Path> place(BlobRow row) {
    return Optional.ofNullable(place).map(directory -> directory.resolve(name(row)));
  }

  DiskUsage usage() throws IOException {
    return disk.usage();
  }
}
