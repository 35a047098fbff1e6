package org.realize.store.blob;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;
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
 * for another content's after the table was put back to an earlier state. What has such a name and
 * is no blob's file by the table goes to {@code quarantine/}, where it lies until it is old. All
 * else is not ours. Thread-safe.
 */
final class BlobDirectory {

  private static final String SUFFIX = ".blob";
  private static final int ID_DIGITS = 16;
  private static final int NAME_LENGTH = 2 * ID_DIGITS + 1 + SUFFIX.length();
  private static final RelativePath QUARANTINE = RelativePath.of("quarantine");

  /** What lies in quarantine: when it got there, in milliseconds, and its name until then. */
  private static final Pattern ASIDE = Pattern.compile("([0-9]{1,18})-.*");

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
    return name(row.fileId(), row.hash());
  }

  static String name(long fileId, ContentHash hash) {
    return name(fileId, hash.word0());
  }

  private static String name(long fileId, long hash0) {
    HexFormat hex = HexFormat.of();
    return hex.toHexDigits(fileId) + "-" + hex.toHexDigits(hash0) + SUFFIX;
  }

  private static RelativePath path(BlobRow row) {
    return RelativePath.of(name(row));
  }

  /**
   * A directory entry with the name of a blob.
   *
   * @param hash0 the first word of its content's hash
   */
  record Found(long fileId, long hash0, boolean isFile, long sizeBytes, long allocatedBytes) {
    String name() {
      return BlobDirectory.name(fileId, hash0);
    }
  }

  /** All that is named as a blob; others are not ours. */
  List<Found> files() throws IOException {
    List<Found> found = new ArrayList<>();
    for (Disk.Entry entry : disk.entries(RelativePath.ROOT).complete()) {
      String name = entry.name();
      if (isOurs(name)) {
        found.add(
            new Found(
                HexFormat.fromHexDigitsToLong(name, 0, ID_DIGITS),
                HexFormat.fromHexDigitsToLong(name, ID_DIGITS + 1, 2 * ID_DIGITS + 1),
                entry.stat().kind() == FileStat.Kind.FILE,
                entry.stat().sizeBytes(),
                entry.allocatedBytes()));
      }
    }
    return found;
  }

  /** Whether a name is one that {@link #name} makes. */
  private static boolean isOurs(String name) {
    if (name.length() != NAME_LENGTH || !name.endsWith(SUFFIX) || name.charAt(ID_DIGITS) != '-') {
      return false;
    }
    for (int at = 0; at < 2 * ID_DIGITS + 1; at++) {
      char c = name.charAt(at);
      boolean isDigit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      if (!isDigit && at != ID_DIGITS) {
        return false;
      }
    }
    return true;
  }

  /** What is at the blob's name, if anything. */
  Optional<FileStat> stat(BlobRow row) throws IOException {
    return disk.stat(path(row));
  }

  boolean has(String name) throws IOException {
    return disk.stat(RelativePath.of(name)).isPresent();
  }

  /** Puts aside what has this name; nothing happens when it is gone. */
  void quarantine(String name, long nowMillis) throws IOException {
    if (disk.stat(QUARANTINE).isEmpty()) {
      disk.createDirectory(QUARANTINE);
    }
    RelativePath from = RelativePath.of(name);
    RelativePath aside = QUARANTINE.child(nowMillis + "-" + name);
    if (disk.stat(from).isPresent()) {
      disk.renameNew(from, aside);
    }
  }

  /** Removes what was put aside before {@code untilMillis}; returns how many there were. */
  int expire(long untilMillis) throws IOException {
    if (disk.stat(QUARANTINE).isEmpty()) {
      return 0;
    }
    int expired = 0;
    for (Disk.Entry entry : disk.entries(QUARANTINE).complete()) {
      Matcher aside = ASIDE.matcher(entry.name());
      if (aside.matches() && Long.parseLong(aside.group(1)) < untilMillis) {
        delete(QUARANTINE.child(entry.name()), entry.stat());
        expired++;
      }
    }
    return expired;
  }

  private void delete(RelativePath path, FileStat stat) throws IOException {
    if (stat.kind() == FileStat.Kind.DIRECTORY) {
      for (Disk.Entry entry : disk.entries(path).complete()) {
        delete(path.child(entry.name()), entry.stat());
      }
    }
    disk.delete(path);
  }

  /** Bytes that the blob's file takes on its file system. */
  long allocatedBytes(BlobRow row) throws IOException {
    try (DiskFile file = disk.open(path(row), OpenMode.READ)) {
      return file.allocatedBytes();
    }
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
