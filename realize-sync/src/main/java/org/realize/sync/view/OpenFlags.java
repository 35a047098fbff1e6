package org.realize.sync.view;

/**
 * The flags of open(2), as Linux numbers them.
 *
 * @param bits access mode and all other flags
 */
public record OpenFlags(int bits) {

  private static final int ACCESS_MODE = 3;
  private static final int O_CREAT = 0100;
  private static final int O_EXCL = 0200;
  private static final int O_TRUNC = 01000;

  /** Reading alone. */
  static final OpenFlags READ = new OpenFlags(0);

  static final OpenFlags READ_WRITE = new OpenFlags(2);

  /** True if the file may be written. */
  public boolean writes() {
    return (bits & ACCESS_MODE) != 0;
  }

  /** True if opening cuts the file to no bytes. */
  public boolean truncates() {
    return (bits & O_TRUNC) != 0;
  }

  /** True if a name that is there is an error. */
  boolean isExclusive() {
    return (bits & O_EXCL) != 0;
  }

  /** The same for a name at which nothing is to be there. */
  OpenFlags exclusive() {
    return new OpenFlags(bits | O_CREAT | O_EXCL);
  }
}
