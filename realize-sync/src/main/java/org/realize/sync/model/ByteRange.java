package org.realize.sync.model;

/** The bytes from {@code startBytes} up to, not including, {@code endBytes}; never empty. */
public record ByteRange(long startBytes, long endBytes) {

  public ByteRange {
    if (startBytes < 0 || endBytes <= startBytes) {
      throw new IllegalArgumentException("range [" + startBytes + ", " + endBytes + ")");
    }
  }

  public long lengthBytes() {
    return endBytes - startBytes;
  }
}
