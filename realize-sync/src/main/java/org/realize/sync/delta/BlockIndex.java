package org.realize.sync.delta;

import java.util.Arrays;

/**
 * The index of a signature's blocks, for lookup by a window of bytes. Immutable, but its hash is
 * reused: not thread-safe.
 *
 * <p>A table of rolling hashes with open addressing at most half full; blocks of one rolling hash
 * are chained from its place. Of equal blocks only the first has an entry, so that a file of zeros
 * has one. A chain takes {@value #MAX_CHAIN} blocks; further ones, which only a crafted signature
 * has, are not found.
 */
final class BlockIndex {
  private static final int NONE = -1;
  private static final int MAX_CHAIN = 8;

  private final Signature signature;
  private final StrongHash hash = new StrongHash();
  private final int[] places;
  private final int[] next;
  private final int shift;

  BlockIndex(Signature signature) {
    this.signature = signature;
    int full = fullBlocks(signature);
    int bits = Math.max(4, 33 - Integer.numberOfLeadingZeros(full));
    this.shift = Integer.SIZE - bits;
    this.places = new int[1 << bits];
    this.next = new int[full];
    Arrays.fill(places, NONE);
    for (int block = 0; block < full; block++) {
      add(block);
    }
  }

  /** The number of blocks in the table: a shorter last block is compared at the file's end only. */
  private static int fullBlocks(Signature signature) {
    return (int) (signature.sizeBytes() / signature.blockBytes());
  }

  private int place(int rolling) {
    int mask = places.length - 1;
    int place = (rolling * 0x9E3779B1) >>> shift;
    while (places[place] != NONE && signature.rolling(places[place]) != rolling) {
      place = (place + 1) & mask;
    }
    return place;
  }

  private void add(int block) {
    next[block] = NONE;
    int place = place(signature.rolling(block));
    int at = places[place];
    if (at == NONE) {
      places[place] = block;
      return;
    }
    for (int length = 1; length < MAX_CHAIN; length++) {
      if (signature.strong(at) == signature.strong(block)) {
        return;
      }
      if (next[at] == NONE) {
        next[at] = block;
        return;
      }
      at = next[at];
    }
  }

  /** Whether some block has this rolling hash. */
  boolean has(int rolling) {
    return places[place(rolling)] != NONE;
  }

  /**
   * The block that equals the window, or −1. Hashes the whole window in either case.
   *
   * @param preferred the block to take if it is among several equal ones
   */
  int find(int rolling, byte[] bytes, int offset, int preferred) {
    long strong = StrongHash.truncated(hash.of(bytes, offset, signature.blockBytes()));
    if (preferred < next.length
        && signature.rolling(preferred) == rolling
        && signature.strong(preferred) == strong) {
      return preferred;
    }
    for (int at = places[place(rolling)]; at != NONE; at = next[at]) {
      if (signature.strong(at) == strong) {
        return at;
      }
    }
    return NONE;
  }

  /** Whether these are the bytes of the signature's last, shorter block. */
  boolean isShortBlock(byte[] bytes, int offset, int length) {
    int block = next.length;
    return block < signature.blocks()
        && length == signature.blockLength(block)
        && RollingHash.of(bytes, offset, length) == signature.rolling(block)
        && StrongHash.truncated(hash.of(bytes, offset, length)) == signature.strong(block);
  }

  /** The number of blocks before a shorter last one. */
  int fullBlocks() {
    return next.length;
  }

  /** The length of the last block if it is shorter than the others, else 0. */
  int shortBlockLength() {
    return next.length < signature.blocks() ? signature.blockLength(next.length) : 0;
  }

  /** SHA-256 of the bytes that {@link #find} or {@link #isShortBlock} has hashed last. */
  byte[] windowHash() {
    return hash.last();
  }
}
