package org.realize.sync.port;

import java.nio.charset.StandardCharsets;

/**
 * The place of a name in the listing of a directory, whatever else is in it: 56 bits of a hash.
 * Listings go by it, so that they can resume after any change, and those of a disk and a store can
 * be merged. The lowest bits of a {@linkplain #cursor cursor} tell names of equal hash apart.
 */
public final class NameHash {

  /** The bits of a hash. */
  public static final int BITS = 56;

  /** The bits of a cursor below the hash. */
  public static final int PROBE_BITS = 4;

  private NameHash() {}

  /** FNV-1a over the bytes, then the finisher of MurmurHash3: well-mixed bits. */
  public static long of(byte[] utf8) {
    long hash = 0xCBF29CE484222325L;
    for (byte b : utf8) {
      hash = (hash ^ (b & 0xFF)) * 0x100000001B3L;
    }
    hash = (hash ^ (hash >>> 33)) * 0xFF51AFD7ED558CCDL;
    hash = (hash ^ (hash >>> 33)) * 0xC4CEB9FE1A85EC53L;
    return (hash ^ (hash >>> 33)) >>> (64 - BITS);
  }

  public static long of(String name) {
    return of(name.getBytes(StandardCharsets.UTF_8));
  }

  /** The cursor of the {@code probe}-th name with a hash, from 0; at least 1. */
  public static long cursor(long hash, int probe) {
    return Math.max(1, (hash << PROBE_BITS) + probe);
  }

  /** The hash of the name that has a cursor. */
  public static long ofCursor(long cursor) {
    return cursor >>> PROBE_BITS;
  }
}
