package org.realize.sync.model;

/**
 * The number of a file, directory or link in the mount. Never reused; {@link #ROOT} is the mount's
 * root.
 */
public record Inode(long value) implements Comparable<Inode> {

  public static final Inode ROOT = new Inode(1);

  /**
   * From here on numbers are of names that no table has: they mean the same only until the view is
   * made again, and what they show changes without notice.
   */
  public static final long FIRST_TRANSIENT = 1L << 61;

  public Inode {
    if (value < 1) {
      throw new IllegalArgumentException("inode " + value + " below 1");
    }
  }

  /** True of an inode that nothing may be remembered of. */
  public boolean isTransient() {
    return value >= FIRST_TRANSIENT;
  }

  @Override
  public int compareTo(Inode other) {
    return Long.compare(value, other.value);
  }

  @Override
  public String toString() {
    return "#" + value;
  }
}
