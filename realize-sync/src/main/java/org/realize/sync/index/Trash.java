package org.realize.sync.index;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Files that Realize took out of a tree and that somebody may want back: each under its path, in a
 * directory named after the time, in milliseconds since 1970. Thread-safe.
 */
public final class Trash {

  private static final Logger LOG = LoggerFactory.getLogger(Trash.class);

  /** Where it is: on the root's file system, and never scanned or shared. */
  public static final RelativePath DIRECTORY = RelativePath.of(".realize/trash");

  /** So long everything stays. */
  public static final Duration KEPT = Duration.ofDays(30);

  private final Disk disk;
  private final TimeSource time;

  public Trash(Disk disk, TimeSource time) {
    this.disk = disk;
    this.time = time;
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

  /** Removes what has been here long enough. */
  public void expire() throws IOException {
    if (disk.stat(DIRECTORY).isEmpty()) {
      return;
    }
    long before = time.unixMillis() - KEPT.toMillis();
    for (Disk.Entry entry : disk.entries(DIRECTORY).entries()) {
      if (millis(entry.name()) < before) {
        OwnDirectories.clear(disk, DIRECTORY.child(entry.name()), (file, _) -> delete(file));
      }
    }
  }

  private void delete(RelativePath file) throws IOException {
    try {
      disk.delete(file);
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' went by itself", file);
    }
  }

  /** When it got here; never, for a name that is not one of ours. */
  private static long millis(String name) {
    try {
      return Long.parseLong(name);
    } catch (NumberFormatException e) {
      return Long.MAX_VALUE;
    }
  }
}
