package org.realize.store.global;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.realize.store.arena.InodeSource;
import org.realize.store.journal.CommitLog;
import org.realize.store.journal.RowBatch;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The inode ranges: from 2 up, without a gap, each assigned for ever to one arena (10,000 inodes)
 * or to the global space (100). Kept in memory as they were submitted last; stored in rows of 256.
 *
 * <p>Thread-safe. A change that takes a range holds the lock from then until its rows are in the
 * commit queue; no other change can build on the same row until then, and if the change fails
 * instead, nothing was assigned (#inoderange). Finding the arena of an inode takes no lock.
 */
final class InodeRanges implements InodeSource {
  static final int GLOBAL_INODES = 100;
  static final int ARENA_INODES = 10_000;

  private static final long FIRST = 2;
  private static final int PER_ROW = 256;

  /** Held by a taker or a change of other global rows; taken after an arena's lock. */
  private final ReentrantLock lock;

  /** Immutable; replaced under the lock. */
  private volatile List<Assigned> ranges;

  /** A range and the arena that it belongs to, 0 for the global space. */
  record Assigned(long start, int arena) {
    long end() {
      return start + (arena == RowKey.GLOBAL ? GLOBAL_INODES : ARENA_INODES);
    }
  }

  InodeRanges(CommitLog log, ReentrantLock lock) throws StorageFailed {
    this.lock = lock;
    List<Assigned> stored = new ArrayList<>();
    long next = FIRST;
    while (true) {
      byte[] row = log.get(GlobalRows.ranges(stored.size() / PER_ROW));
      RowDecoder in = GlobalRows.decoder(row);
      int count = in == null ? 0 : in.getInt();
      for (int i = 0; in != null && i < count; i++) {
        Assigned range = new Assigned(next, in.getInt());
        next = range.end();
        stored.add(range);
      }
      if (count < PER_ROW) {
        break;
      }
    }
    this.ranges = List.copyOf(stored);
  }

  /** All ranges, in order. */
  List<Assigned> all() {
    return ranges;
  }

  /** The arena whose range holds an inode; 0 if none of an arena does. */
  int arenaOf(long inode) {
    List<Assigned> now = ranges;
    int low = 0;
    int high = now.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Assigned range = now.get(middle);
      if (inode < range.start()) {
        high = middle - 1;
      } else if (inode >= range.end()) {
        low = middle + 1;
      } else {
        return range.arena();
      }
    }
    return RowKey.GLOBAL;
  }

  @Override
  public Taking taking(int arena) {
    return new Take(arena);
  }

  /** One change's ranges. Confined to its thread. */
  private final class Take implements Taking {
    private final int arena;
    private List<Assigned> seen = List.of();
    private boolean held;

    Take(int arena) {
      this.arena = arena;
    }

    @Override
    public InodeRange next(long past, RowBatch rows) {
      if (!held) {
        lock.lock();
        held = true;
        seen = ranges;
      }
      for (Assigned range : seen) {
        if (range.arena() == arena && range.start() >= past) {
          return new InodeRange(range.start(), range.end());
        }
      }
      List<Assigned> more = new ArrayList<>(seen);
      Assigned made = new Assigned(more.isEmpty() ? FIRST : more.getLast().end(), arena);
      more.add(made);
      seen = List.copyOf(more);
      put(rows, seen);
      return new InodeRange(made.start(), made.end());
    }

    @Override
    public void submitted() {
      if (held) {
        ranges = seen;
      }
    }

    @Override
    public void close() {
      if (held) {
        held = false;
        lock.unlock();
      }
    }
  }

  /** Puts the row that holds the last range. */
  private static void put(RowBatch rows, List<Assigned> all) {
    int page = (all.size() - 1) / PER_ROW;
    List<Assigned> last = all.subList(page * PER_ROW, all.size());
    RowEncoder out = GlobalRows.encoder().putNumber(last.size());
    last.forEach(range -> out.putNumber(range.arena()));
    rows.put(GlobalRows.ranges(page), out.toBytes());
  }
}
