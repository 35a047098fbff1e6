package org.realize.sync.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file in pages of 4 KiB, and of every page changed since the last force also what
 * is durable. Not thread-safe.
 */
final class SparseBytes {

  static final int PAGE_BYTES = 4096;
  private static final int SECTOR_BYTES = 512;

  /** Grants pages, or says that there is no room. */
  interface Room {
    void take(int pages) throws IOException;

    void give(int pages);
  }

  private final TreeMap<Long, byte[]> pages = new TreeMap<>();
  private final Map<Long, byte @Nullable []> durable = new HashMap<>();
  private long sizeBytes;
  private long durableSizeBytes;

  long sizeBytes() {
    return sizeBytes;
  }

  int pages() {
    return pages.size();
  }

  /** The first byte of a page at or after {@code offsetBytes}; the size where there is none. */
  long nextData(long offsetBytes) {
    Long page = pages.ceilingKey(offsetBytes / PAGE_BYTES);
    return page == null ? sizeBytes : Math.min(sizeBytes, Math.max(offsetBytes, page * PAGE_BYTES));
  }

  int read(ByteBuffer destination, long offsetBytes) {
    int total = (int) Math.max(0, Math.min(destination.remaining(), sizeBytes - offsetBytes));
    for (int done = 0; done < total; ) {
      long offset = offsetBytes + done;
      int within = (int) (offset % PAGE_BYTES);
      int part = Math.min(PAGE_BYTES - within, total - done);
      byte[] page = pages.get(offset / PAGE_BYTES);
      destination.put(page == null ? new byte[part] : page, page == null ? 0 : within, part);
      done += part;
    }
    return total;
  }

  /** Writes page by page; what was written before the room ended stays written. */
  void write(ByteBuffer source, long offsetBytes, Room room) throws IOException {
    long offset = offsetBytes;
    while (source.hasRemaining()) {
      long number = offset / PAGE_BYTES;
      int within = (int) (offset % PAGE_BYTES);
      int part = Math.min(PAGE_BYTES - within, source.remaining());
      if (!pages.containsKey(number)) {
        room.take(1);
      }
      source.get(forChange(number), within, part);
      offset += part;
      sizeBytes = Math.max(sizeBytes, offset);
    }
  }

  void truncate(long newSizeBytes, Room room) {
    if (newSizeBytes < sizeBytes) {
      long first = (newSizeBytes + PAGE_BYTES - 1) / PAGE_BYTES;
      for (Iterator<Map.Entry<Long, byte[]>> tail = pages.tailMap(first).entrySet().iterator();
          tail.hasNext(); ) {
        Map.Entry<Long, byte[]> page = tail.next();
        durable.putIfAbsent(page.getKey(), page.getValue());
        tail.remove();
        room.give(1);
      }
      long last = newSizeBytes / PAGE_BYTES;
      if (pages.containsKey(last)) {
        Arrays.fill(forChange(last), (int) (newSizeBytes % PAGE_BYTES), PAGE_BYTES, (byte) 0);
      }
    }
    sizeBytes = newSizeBytes;
  }

  /** Makes a hole in what is there; the size stays. */
  void discard(long startBytes, long endBytes, Room room) {
    long end = Math.min(endBytes, sizeBytes);
    for (long offset = startBytes; offset < end; ) {
      long number = offset / PAGE_BYTES;
      int within = (int) (offset % PAGE_BYTES);
      int part = (int) Math.min(PAGE_BYTES - within, end - offset);
      if (pages.containsKey(number)) {
        Arrays.fill(forChange(number), within, within + part, (byte) 0);
        if (part == PAGE_BYTES) {
          pages.remove(number);
          room.give(1);
        }
      }
      offset += part;
    }
  }

  void force() {
    durable.clear();
    durableSizeBytes = sizeBytes;
  }

  /** True if a power cut could change anything. */
  boolean isDirty() {
    return !durable.isEmpty() || sizeBytes != durableSizeBytes;
  }

  /** Keeps, drops or tears each page that was not forced, and keeps or drops the size. */
  void powerCut(RandomGenerator random) {
    if (!isDirty()) {
      return;
    }
    durable.forEach((number, old) -> settle(number, old, random));
    long kept = random.nextBoolean() ? sizeBytes : durableSizeBytes;
    sizeBytes = Long.MAX_VALUE;
    truncate(kept, NO_ROOM);
    force();
  }

  private void settle(long number, byte @Nullable [] old, RandomGenerator random) {
    byte[] now = pages.getOrDefault(number, new byte[PAGE_BYTES]);
    byte[] before = old == null ? new byte[PAGE_BYTES] : old;
    byte[] settled =
        switch (random.nextInt(3)) {
          case 0 -> now;
          case 1 -> before;
          default -> torn(now, before, random);
        };
    pages.put(number, settled.clone());
  }

  private static byte[] torn(byte[] now, byte[] before, RandomGenerator random) {
    byte[] mixed = before.clone();
    for (int sector = 0; sector < PAGE_BYTES; sector += SECTOR_BYTES) {
      if (random.nextBoolean()) {
        System.arraycopy(now, sector, mixed, sector, SECTOR_BYTES);
      }
    }
    return mixed;
  }

  /** The page to change, after what is durable of it was put aside. */
  private byte[] forChange(long number) {
    byte[] present = pages.get(number);
    if (!durable.containsKey(number)) {
      durable.put(number, present == null ? null : present.clone());
    }
    if (present == null) {
      present = new byte[PAGE_BYTES];
      pages.put(number, present);
    }
    return present;
  }

  private static final Room NO_ROOM =
      new Room() {
        @Override
        public void take(int pages) {}

        @Override
        public void give(int pages) {}
      };
}
