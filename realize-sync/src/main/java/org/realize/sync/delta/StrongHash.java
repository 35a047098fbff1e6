package org.realize.sync.delta;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of one piece of bytes at a time, without an allocation. Reused, not thread-safe. */
final class StrongHash {
  static final int BYTES = 32;

  private final MessageDigest sha256;
  private final byte[] digest = new byte[BYTES];

  StrongHash() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Adds to the piece. */
  void update(byte[] bytes, int offset, int length) {
    sha256.update(bytes, offset, length);
  }

  /** Ends the piece; the array is valid until the next call. */
  byte[] end() {
    try {
      sha256.digest(digest, 0, BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("no room for a hash", e);
    }
    return digest;
  }

  /** The hash made last; valid until the next call. */
  byte[] last() {
    return digest;
  }

  /** The whole hash of a piece; the array is valid until the next call. */
  byte[] of(byte[] bytes, int offset, int length) {
    sha256.update(bytes, offset, length);
    return end();
  }

  /** The first eight bytes of a hash, big-endian: enough to find a block again. */
  static long truncated(byte[] hash) {
    long first = 0;
    for (int i = 0; i < Long.BYTES; i++) {
      first = (first << Byte.SIZE) | (hash[i] & 0xFF);
    }
    return first;
  }
}
