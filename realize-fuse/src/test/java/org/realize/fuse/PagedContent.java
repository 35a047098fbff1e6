package org.realize.fuse;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.TreeMap;
import org.realize.sync.model.FileTime;

/** Bytes in pages on the heap, with holes. */
final class PagedContent implements NodeContent {

  private static final int PAGE = MemoryNode.PAGE;

  private final TreeMap<Long, byte[]> pages = new TreeMap<>();
  private long size;
  private FileTime modified = MemoryNode.now();

  @Override
  public long size() {
    return size;
  }

  @Override
  public long blocks() {
    return pages.size() * (PAGE / 512L);
  }

  @Override
  public FileTime modified() {
    return modified;
  }

  @Override
  public void setModified(FileTime time) {
    modified = time;
  }

  @Override
  public void read(long offset, ByteBuffer destination) {
    for (long at = offset; destination.hasRemaining(); ) {
      int within = (int) (at % PAGE);
      int part = Math.min(destination.remaining(), PAGE - within);
      byte[] page = pages.get(at / PAGE);
      if (page == null) {
        destination.put(new byte[part]);
      } else {
        destination.put(page, within, part);
      }
      at += part;
    }
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    for (long at = offset; source.hasRemaining(); ) {
      int within = (int) (at % PAGE);
      int part = Math.min(source.remaining(), PAGE - within);
      source.get(pages.computeIfAbsent(at / PAGE, _ -> new byte[PAGE]), within, part);
      at += part;
      size = Math.max(size, at);
    }
    modified = MemoryNode.now();
  }

  @Override
  public void resize(long newSize) {
    if (newSize < size) {
      zero(newSize, size - newSize);
    }
    size = newSize;
    modified = MemoryNode.now();
  }

  /** Whole pages of the range become holes. */
  @Override
  public void zero(long offset, long length) {
    long end = offset + length;
    long firstWhole = (offset + PAGE - 1) / PAGE;
    long endWhole = end / PAGE;
    if (firstWhole < endWhole) {
      pages.subMap(firstWhole, endWhole).clear();
    }
    zeroWithin(offset, Math.min(end, firstWhole * PAGE));
    zeroWithin(Math.max(offset, endWhole * PAGE), end);
    modified = MemoryNode.now();
  }

  private void zeroWithin(long from, long to) {
    byte[] page = from < to ? pages.get(from / PAGE) : null;
    if (page != null) {
      int start = (int) (from % PAGE);
      Arrays.fill(page, start, start + (int) (to - from), (byte) 0);
    }
  }

  @Override
  public long nextData(long offset) {
    Long page = pages.ceilingKey(offset / PAGE);
    return page == null || page * PAGE >= size ? -1 : Math.max(offset, page * PAGE);
  }

  @Override
  public long nextHole(long offset) {
    long page = offset / PAGE;
    while (pages.containsKey(page)) {
      page++;
    }
    return Math.min(size, Math.max(offset, page * PAGE));
  }

  @Override
  public void close() {
    pages.clear();
  }
}
