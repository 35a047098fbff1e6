package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that Realize took out of a tree and that somebody may want back: each under its path, in a
 * directory named after the time, in milliseconds since 1970. Thread-safe.
 */
public final class Trash {

  private static final Duration EXPIRE = Duration.ofHours(1);

  private static final Logger LOG = LoggerFactory.getLogger(Trash.class);

  /** Where it is: on the root's file system, and never scanned or shared. */
  public static final RelativePath DIRECTORY = RelativePath.of(".realize/trash");

  /** Everything stays so long, as far as there is room for it. */
  public static final Duration KEPT = Duration.ofDays(30);

  /** All of it takes so much of the file system at most. */
  public static final int MAX_PERCENT = 10;

  private final Disk disk;
  private final TimeSource time;
  private long expiredNanos;

  public Trash(Disk disk, TimeSource time) {
    this.disk = disk;
    this.time = time;
    this.expiredNanos = time.monotonicNanos() - EXPIRE.toNanos(); // at the first step
  }

  /** Puts what is at {@code place}, and was at {@code path}, here; says where. Not durable yet. */
  RelativePath put(RelativePath place, RelativePath path) throws IOException {
    for (long millis = time.unixMillis(); ; millis++) {
      RelativePath here = OwnDirectories.below(DIRECTORY.child(Long.toString(millis)), path);
      OwnDirectories.make(disk, OwnDirectories.parent(here));
      try {
        disk.renameNew(place, here);
        return here;
      } catch (FileAlreadyExistsException e) {
        LOG.debug("'{}' is there already", here);
      }
    }
  }

  /** Once an hour, as {@link #expire}: to look more often would keep a disk from sleeping. */
  public synchronized void step() throws IOException {
    if (time.monotonicNanos() - expiredNanos >= EXPIRE.toNanos()) {
      expiredNanos = time.monotonicNanos();
      expire();
    }
  }

  /** Removes what has been here long enough, and then, oldest first, what takes too much room. */
  void expire() throws IOException {
    if (disk.stat(DIRECTORY).isEmpty()) {
      return;
    }
    long before = time.unixMillis() - KEPT.toMillis();
    long room = disk.usage().totalBytes() * MAX_PERCENT / 100;
    for (Put put : newestFirst()) {
      boolean stays = room >= 0 && put.millis() >= before;
      if (stays) {
        room -= allocatedBytes(put.directory());
      }
      if (!stays || room < 0) {
        OwnDirectories.clear(disk, put.directory(), (file, _) -> delete(file));
      }
    }
  }

  /** What came here at one time. */
  private record Put(RelativePath directory, long millis) {}

  /** All but what is not ours. */
  private List<Put> newestFirst() throws IOException {
    List<Put> all = new ArrayList<>();
    for (Disk.Entry entry : disk.entries(DIRECTORY).entries()) {
      try {
        all.add(new Put(DIRECTORY.child(entry.name()), Long.parseLong(entry.name())));
      } catch (NumberFormatException e) {
        LOG.debug("'{}' in the trash is somebody else's", entry.name());
      }
    }
    all.sort(Comparator.comparingLong(Put::millis).reversed());
    return all;
  }

  private long allocatedBytes(RelativePath directory) throws IOException {
    long sum = 0;
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      boolean isDirectory = entry.stat().kind() == FileStat.Kind.DIRECTORY;
      sum += entry.allocatedBytes();
      sum += isDirectory ? allocatedBytes(directory.child(entry.name())) : 0;
    }
    return sum;
  }

  private void delete(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' went by itself", file);
    }
  }
}
