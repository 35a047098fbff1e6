package org.realize.fuse;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.FileTimes;

/** An inode of a {@link MemoryFileSystem}, whose lock guards it. Content is kept in pages. */
final class MemoryNode {

  static final int PAGE = 4096;
  private static final int SET_UID = 04000;
  private static final int SET_GID = 02000;
  private static final int GROUP_EXECUTES = 010;
  private static final long CURSOR_GAP = 1L << 33;

  final Inode inode;
  final FileKind kind;
  final int device;
  final Map<String, Long> cursors = new HashMap<>();
  final TreeMap<Long, MemoryName> names = new TreeMap<>();
  final TreeMap<String, byte[]> attributes = new TreeMap<>();
  private final TreeMap<Long, byte[]> pages = new TreeMap<>();
  private final FileTime born = now();
  Inode parent = Inode.ROOT;
  int mode;
  FileOwner owner;
  int links;
  int subdirectories;
  int opened;
  long size;
  String target = "";
  FileTime accessed = born;
  FileTime modified = born;
  FileTime changed = born;
  private long lastCursor = 5;

  /** A name in a directory. */
  record MemoryName(String name, MemoryNode node) {}

  MemoryNode(Inode inode, FileKind kind, int device, int mode, FileOwner owner) {
    this.inode = inode;
    this.kind = kind;
    this.device = device;
    this.mode = mode;
    this.owner = owner;
  }

  static FileTime now() {
    Instant now = Instant.now();
    return new FileTime(now.getEpochSecond(), now.getNano());
  }

  Attributes stat() {
    boolean isDirectory = kind == FileKind.DIRECTORY;
    int shown = isDirectory && links > 0 ? 2 + subdirectories : links;
    return new Attributes(
        inode,
        kind,
        mode,
        owner,
        shown,
        isDirectory ? PAGE : size,
        pages.size() * (PAGE / 512L),
        device,
        new FileTimes(accessed, modified, changed, born),
        false);
  }

  // ---- names

  void put(String name, MemoryNode node) {
    lastCursor += 1 + Math.floorMod(name.hashCode() * 0x9e3779b97f4a7c15L, CURSOR_GAP);
    put(lastCursor, name, node);
  }

  void replace(String name, MemoryNode node) {
    put(Objects.requireNonNull(cursors.get(name), name), name, node);
  }

  private void put(long cursor, String name, MemoryNode node) {
    cursors.put(name, cursor);
    names.put(cursor, new MemoryName(name, node));
    if (node.kind == FileKind.DIRECTORY) {
      node.parent = inode;
    }
    touched();
  }

  void remove(String name) {
    names.remove(Objects.requireNonNull(cursors.remove(name), name));
    touched();
  }

  /** Notes that the content changed. */
  void touched() {
    modified = now();
    changed = modified;
  }

  // ---- content

  void read(long offset, ByteBuffer destination, int count) {
    if (!accessed.equals(modified) && accessed.isWithin(Long.MAX_VALUE / 4, modified)) {
      accessed = now();
    }
    for (int done = 0; done < count; ) {
      long at = offset + done;
      int within = (int) (at % PAGE);
      int part = Math.min(count - done, PAGE - within);
      byte[] page = pages.get(at / PAGE);
      destination.put(
          page == null ? new byte[part] : Arrays.copyOfRange(page, within, within + part));
      done += part;
    }
  }

  void write(long offset, ByteBuffer source) {
    for (long at = offset; source.hasRemaining(); ) {
      int within = (int) (at % PAGE);
      int part = Math.min(source.remaining(), PAGE - within);
      source.get(pages.computeIfAbsent(at / PAGE, _ -> new byte[PAGE]), within, part);
      at += part;
      size = Math.max(size, at);
    }
    touched();
  }

  void resize(long newSize) {
    if (newSize < size) {
      zero(newSize, size - newSize);
    }
    size = newSize;
    touched();
  }

  /** Makes a range read as zeros; whole pages of it become holes. */
  void zero(long offset, long length) {
    long end = offset + length;
    long firstWhole = (offset + PAGE - 1) / PAGE;
    long endWhole = end / PAGE;
    if (firstWhole < endWhole) {
      pages.subMap(firstWhole, endWhole).clear();
    }
    zeroWithin(offset, Math.min(end, firstWhole * PAGE));
    zeroWithin(Math.max(offset, endWhole * PAGE), end);
  }

  private void zeroWithin(long from, long to) {
    byte[] page = from < to ? pages.get(from / PAGE) : null;
    if (page != null) {
      int start = (int) (from % PAGE);
      Arrays.fill(page, start, start + (int) (to - from), (byte) 0);
    }
  }

  /** The first offset with data, −1 when there is none. */
  long nextData(long offset) {
    Long page = pages.ceilingKey(offset / PAGE);
    return page == null || page * PAGE >= size ? -1 : Math.max(offset, page * PAGE);
  }

  long nextHole(long offset) {
    long page = offset / PAGE;
    while (pages.containsKey(page)) {
      page++;
    }
    return Math.min(size, Math.max(offset, page * PAGE));
  }

  void dropSetId() {
    if (kind != FileKind.DIRECTORY) {
      mode &= (mode & GROUP_EXECUTES) != 0 ? ~(SET_UID | SET_GID) : ~SET_UID;
    }
  }
}
