package org.realize.sync.view;

/**
 * The kinds of inode that the mount shows. All but the first three exist only on the disk of this
 * machine.
 */
public enum FileKind {
  FILE(8),
  DIRECTORY(4),
  LINK(10),
  FIFO(1),
  SOCKET(12),
  CHARACTER_DEVICE(2),
  BLOCK_DEVICE(6);

  private static final int TYPE_SHIFT = 12;
  private static final FileKind[] KINDS = values();

  private final int type;

  FileKind(int type) {
    this.type = type;
  }

  /** The number that readdir(3) calls d_type. */
  public int directoryType() {
    return type;
  }

  /** The type bits of st_mode. */
  public int modeBits() {
    return type << TYPE_SHIFT;
  }

  /** The kind in the type bits of st_mode; without any it is a regular file, as for mknod(2). */
  public static FileKind ofMode(int mode) {
    int wanted = mode >> TYPE_SHIFT & 017;
    for (FileKind kind : KINDS) {
      if (kind.type == wanted) {
        return kind;
      }
    }
    return FILE;
  }
}
