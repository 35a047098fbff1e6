package org.realize.sync.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;

/** The ignore files of a root, read again when their stat has changed. Not thread-safe. */
final class IgnoreFiles {

  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_KEPT = 1000;

  private record Read(FileStat stat, String text) {}

  private final Disk disk;
  private final Map<RelativePath, Read> kept = new HashMap<>();

  IgnoreFiles(Disk disk) {
    this.disk = disk;
  }

  /**
   * The rules inside {@code directory}.
   *
   * @param outer the rules of the directory above it
   * @param stat of its ignore file, null when it has none
   * @throws IOException when the file cannot be read: what it ignores is not known then
   */
  IgnoreRules inside(RelativePath directory, IgnoreRules outer, @Nullable FileStat stat)
      throws IOException {
    if (stat == null || stat.kind() != FileStat.Kind.FILE) {
      return outer;
    }
    Read read = kept.get(directory);
    if (read == null || !read.stat().equals(stat)) {
      read = read(directory.child(IgnoreRules.FILE_NAME));
      if (kept.size() >= MAX_KEPT) {
        kept.clear();
      }
      kept.put(directory, read);
    }
    return outer.with(directory, read.text());
  }

  private Read read(RelativePath path) throws IOException {
    try (DiskFile file = disk.open(path, OpenMode.READ)) {
      FileStat stat = file.stat();
      if (stat.sizeBytes() > MAX_BYTES) {
        throw new IOException(path + " is larger than " + MAX_BYTES + " bytes");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) stat.sizeBytes());
      file.read(bytes, 0);
      return new Read(stat, new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }
  }
}
