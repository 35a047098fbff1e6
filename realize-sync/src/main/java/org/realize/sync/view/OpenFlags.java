package org.realize.sync.view;

/**
 * The flags of open(2), as Linux numbers them.
 *
 * @param bits access mode and all other flags
 */
public record OpenFlags(int bits) {

  private static final int ACCESS_MODE = 3;
  private static final int O_TRUNC = 01000;

  /** True if the file may be written. */
  public boolean writes() {
    return (bits & ACCESS_MODE) != 0;
  }

  /** True if opening cuts the file to no bytes. */
  public boolean truncates() {
    return (bits & O_TRUNC) != 0;
  }
}
