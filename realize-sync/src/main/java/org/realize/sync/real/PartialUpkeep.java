package org.realize.sync.real;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The expiry of the partial files of one place: one that nothing has changed for {@value
 * #EXPIRY_DAYS} days is deleted, since its path will hardly be moved again. It must be found so old
 * twice, an hour apart, so that a jump of the clock takes none that is being collected. Whatever is
 * lost is copied again. For one thread.
 */
final class PartialUpkeep {
  private static final Logger LOG = LoggerFactory.getLogger(PartialUpkeep.class);

  static final int EXPIRY_DAYS = 30;

  private static final long EXPIRY_NANOS = Duration.ofDays(EXPIRY_DAYS).toNanos();
  private static final Duration EVERY = Duration.ofHours(1);

  /** Names that are remembered, and so deleted, of one look. */
  private static final int MAX_NAMES = 1_000;

  private final ArenaName arena;
  private final Disk disk;
  private final RelativePath directory;
  private final TimeSource time;
  private long dueNanos;

  /** The names that were old enough at the last look, with the times of their last changes. */
  private Map<String, Long> old = Map.of();

  PartialUpkeep(ArenaName arena, Disk disk, RelativePath place, TimeSource time) {
    this.arena = arena;
    this.disk = disk;
    this.directory = PartialFiles.directory(place);
    this.time = time;
    this.dueNanos = time.monotonicNanos();
  }

  /** Looks once an hour; call it every few seconds. */
  void step() throws IOException {
    long now = time.monotonicNanos();
    if (now - dueNanos < 0) {
      return;
    }
    dueNanos = now + EVERY.toNanos();
    long oldestNanos = time.unixMillis() * 1_000_000 - EXPIRY_NANOS;
    Map<String, Long> next = new HashMap<>();
    if (disk.stat(directory).isPresent()) {
      for (Disk.Entry entry : disk.entries(directory).entries()) {
        long changedNanos = entry.stat().ctimeNanos();
        if (changedNanos > oldestNanos) {
          continue;
        }
        if (Long.valueOf(changedNanos).equals(old.get(entry.name()))) {
          delete(directory.child(entry.name()));
        } else if (next.size() < MAX_NAMES) {
          next.put(entry.name(), changedNanos);
        }
      }
    }
    old = next;
  }

  private void delete(RelativePath partial) throws IOException {
    try {
      disk.delete(partial); // a file, or a link or an empty directory that was being made
      LOG.info(
          "arena {}: '{}' was not continued for {} days and is deleted",
          arena,
          partial,
          EXPIRY_DAYS);
    } catch (NoSuchFileException e) {
      LOG.debug("'{}' is gone", partial);
    } catch (DirectoryNotEmptyException e) {
      LOG.debug("'{}' is none of Realize's", partial);
    }
  }
}
