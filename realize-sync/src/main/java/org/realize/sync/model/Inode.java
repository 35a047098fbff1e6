package org.realize.sync.model;

/**
 * The number of a file, directory or link in the mount. Never reused; {@link #ROOT} is the mount's
 * root.
 */
public record Inode(long value) implements Comparable<Inode> {

  public static final Inode ROOT = new Inode(1);

  public Inode {
    if (value < 1) {
      throw new IllegalArgumentException("inode " + value + " below 1");
    }
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
