package org.realize.nima.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.realize.store.disk.LocalDisk;
import org.realize.store.disk.RootProbe;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RealizeException.TimedOut;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TimeSource;
import org.realize.sync.real.Real;

/**
 * The release of one arena's root by the user, so that its disk can be unplugged: no descriptor of
 * this process is open below it until it is opened again, also after a restart. While it is
 * released the root is in doubt. Thread-safe.
 */
final class RootRelease {

  private static final Rows<Boolean> RELEASED = Rows.flag("root.released");
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration LONGEST = Duration.ofSeconds(20);

  /** Files that are named where they stay open. */
  private static final int MAX_NAMED = 3;

  private final LocalDisk disk;
  private final ArenaStore store;
  private final TimeSource time;

  /** The root as an earlier process left it. */
  RootRelease(LocalDisk disk, ArenaStore store, TimeSource time) throws RealizeException {
    this.disk = disk;
    this.store = store;
    this.time = time;
    if (store.read(reader -> reader.row(RELEASED)).isPresent()) {
      disk.release();
    }
  }

  boolean isReleased() {
    return disk.isReleased();
  }

  /**
   * Closes what is open below the root, and returns once nothing is; {@code TimedOut} if something
   * still is after 20 s. Nothing more is opened then in either case.
   */
  void release() throws RealizeException, InterruptedException {
    store.write(writer -> {
      writer.putRow(RELEASED, true);
    });
    disk.release();
    long deadline = time.monotonicNanos() + LONGEST.toNanos();
    List<String> open = open();
    while (!open.isEmpty()) {
      if (time.monotonicNanos() - deadline > 0) {
        throw new TimedOut(
            "release the root of %s: %,d files of it are still open: %s"
                .formatted(
                    store.arena(),
                    open.size(),
                    String.join(", ", open.subList(0, Math.min(MAX_NAMED, open.size())))));
      }
      time.sleep(POLL);
      open = open();
    }
  }

  private List<String> open() throws StorageFailed {
    try {
      return disk.descriptors();
    } catch (IOException e) {
      throw new StorageFailed("list what is open in the root of " + store.arena(), e);
    }
  }

  /** Opens the root again, which may be on a file system of another type than at the start. */
  void reopen(Real root) throws RealizeException {
    store.write(writer -> {
      writer.removeRow(RELEASED);
    });
    root.probed(RootProbe.probeOrFull(disk.root()));
    disk.reopen();
  }
}
