package org.realize.fuse;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.view.Attributes;
import org.realize.sync.view.FileKind;
import org.realize.sync.view.FileOwner;
import org.realize.sync.view.FileTimes;

/** An inode of a {@link MemoryFileSystem}, whose lock guards it. */
final class MemoryNode {

  static final int PAGE = 4096;
  private static final short ACL_MASK = 0x10;
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
  private final @Nullable NodeContent content;
  private final FileTime born = now();
  Inode parent = Inode.ROOT;
  int mode;
  FileOwner owner;
  int links;
  int subdirectories;
  int opened;
  byte[] target = {};
  FileTime accessed = born;
  private FileTime modified = born;
  FileTime changed = born;
  private long lastCursor = 5;

  /** A name in a directory. */
  record MemoryName(String name, MemoryNode node) {}

  /** A node; regular files have a content. */
  MemoryNode(
      Inode inode,
      FileKind kind,
      int device,
      int mode,
      FileOwner owner,
      @Nullable NodeContent content) {
    this.inode = inode;
    this.kind = kind;
    this.device = device;
    this.mode = mode;
    this.owner = owner;
    this.content = content;
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
        isDirectory ? PAGE : size(),
        content == null ? 0 : content.blocks(),
        device,
        new FileTimes(accessed, modified(), changed, born),
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

  /** Notes that names or bytes changed. */
  void touched() {
    modified = now();
    changed = modified;
  }

  // ---- content

  FileTime modified() {
    return content == null ? modified : content.modified();
  }

  void setModified(FileTime time) {
    modified = time;
    if (content != null) {
      content.setModified(time);
    }
  }

  long size() {
    return content == null ? target.length : content.size();
  }

  void read(long offset, ByteBuffer destination) {
    if (!accessed.equals(modified()) && accessed.isWithin(Long.MAX_VALUE / 4, modified())) {
      accessed = now();
    }
    content().read(offset, destination);
  }

  NodeContent content() {
    return Objects.requireNonNull(content, "no regular file");
  }

  /** Shows the mask of an access control list, as acl(5) encodes it, as the group's permissions. */
  void setMask(byte[] list) {
    ByteBuffer entries = ByteBuffer.wrap(list).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = Integer.BYTES; at < list.length; at += 8) {
      if (entries.getShort(at) == ACL_MASK) {
        mode = (mode & ~070) | entries.getShort(at + 2) << 3;
      }
    }
  }

  void dropSetId() {
    if (kind != FileKind.DIRECTORY) {
      mode &= (mode & GROUP_EXECUTES) != 0 ? ~(SET_UID | SET_GID) : ~SET_UID;
    }
  }
}
