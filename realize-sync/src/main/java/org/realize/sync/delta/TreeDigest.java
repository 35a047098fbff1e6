package org.realize.sync.delta;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.realize.sync.model.ContentHash;

/**
 * The maker of a hash tree's hashes, SHA-256 of a tag and what follows, so that no kind can pass
 * for another: a leaf is {@code 0x00} and its block; an inner node its level, from {@code 0x01},
 * and its child hashes; the root {@code 0xFF}, the kind, the size in 8 bytes and its child hashes.
 * Makes one hash at a time, any number in turn. Not thread-safe.
 */
final class TreeDigest {

  private static final byte LEAF = 0x00;
  private static final byte ROOT = (byte) 0xFF;
  private static final byte KIND_FILE = 1;

  private final MessageDigest sha256;

  TreeDigest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  void beginLeaf() {
    sha256.update(LEAF);
  }

  void update(ByteBuffer bytes) {
    sha256.update(bytes);
  }

  void update(byte[] bytes, int offset, int length) {
    sha256.update(bytes, offset, length);
  }

  /** Ends the leaf that was begun and puts its 32 bytes into {@code target}. */
  void endLeaf(byte[] target) {
    end(target);
  }

  ContentHash leaf(ByteBuffer block) {
    beginLeaf();
    sha256.update(block);
    return ContentHash.of(sha256.digest());
  }

  void inner(int level, byte[] childHashes, int length, byte[] target) {
    sha256.update((byte) level);
    sha256.update(childHashes, 0, length);
    end(target);
  }

  ContentHash root(long sizeBytes, byte[] childHashes, int length) {
    sha256.update(ROOT);
    sha256.update(KIND_FILE);
    sha256.update(ByteBuffer.allocate(Long.BYTES).putLong(0, sizeBytes));
    sha256.update(childHashes, 0, length);
    return ContentHash.of(sha256.digest());
  }

  private void end(byte[] target) {
    try {
      sha256.digest(target, 0, ContentHash.BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException("no room for a hash", e);
    }
  }
}
