package org.realize.sync.delta;

import java.nio.ByteBuffer;
import org.realize.sync.model.RealizeException;

/**
 * The summary of one side's bytes, by which the other side finds equal blocks among its own: for
 * each block a rolling hash and the first eight bytes of its SHA-256. Immutable.
 *
 * <p>Source: A. Tridgell, <i>Efficient Algorithms for Sorting and Synchronization</i> (1999),
 * chapter 3. Blocks are as long as the root of the file's size, which makes signature and literals
 * of a scattered change about equally large, between 4 KiB and 64 KiB. Only a file of more than 64
 * GiB has longer ones: there are never more than {@link #MAX_BLOCKS}, so that a signature takes 12
 * MB and its index as much again at most.
 *
 * <p>Eight bytes are few against somebody who looks for collisions, so a match by signature is a
 * proposal: a {@link Delta} carries a whole hash, and the content its own.
 */
public final class Signature {
  /** A signature has no more blocks than this. */
  static final int MAX_BLOCKS = 1 << 20;

  /** The largest file that has a signature, 4 TiB: no block is longer than what one delta makes. */
  public static final long MAX_SIZE_BYTES = (long) MAX_BLOCKS * Delta.MAX_TARGET_BYTES;

  static final int MIN_BLOCK_BYTES = 4 << 10;
  private static final int MAX_ROOT_BYTES = 64 << 10;
  private static final byte LAYOUT = 1;
  private static final int HEADER_BYTES = 1 + Long.BYTES;
  private static final int ENTRY_BYTES = Integer.BYTES + Long.BYTES;

  private final long sizeBytes;
  private final int blockBytes;
  private final int[] rolling;
  private final long[] strong;

  private Signature(long sizeBytes, int[] rolling, long[] strong) {
    this.sizeBytes = sizeBytes;
    this.blockBytes = blockBytes(sizeBytes);
    this.rolling = rolling;
    this.strong = strong;
  }

  /** The length of all blocks but the last one of a file of this size, a multiple of 128. */
  public static int blockBytes(long sizeBytes) {
    long root = ((long) Math.sqrt((double) sizeBytes) + 127) & -128;
    long least = Math.clamp(root, MIN_BLOCK_BYTES, MAX_ROOT_BYTES);
    while ((sizeBytes + least - 1) / least > MAX_BLOCKS) {
      least *= 2;
    }
    return Math.toIntExact(least);
  }

  /** The length of what {@link #encode} makes for a file of this size. */
  public static int encodedBytes(long sizeBytes) {
    return HEADER_BYTES + ENTRY_BYTES * blocks(sizeBytes);
  }

  private static int blocks(long sizeBytes) {
    int blockBytes = blockBytes(sizeBytes);
    return Math.toIntExact((sizeBytes + blockBytes - 1) / blockBytes);
  }

  /** A builder of a signature from a file's bytes in order. Not thread-safe; for one file. */
  public static final class Builder {
    private final long sizeBytes;
    private final int[] rolling;
    private final long[] strong;
    private final byte[] block;
    private final StrongHash hash = new StrongHash();
    private int fill;
    private int count;
    private long taken;

    /** A builder for so many bytes, at most {@link #MAX_SIZE_BYTES}. */
    public Builder(long sizeBytes) {
      if (sizeBytes < 0 || sizeBytes > MAX_SIZE_BYTES) {
        throw new IllegalArgumentException("a signature of " + sizeBytes + " bytes");
      }
      this.sizeBytes = sizeBytes;
      this.rolling = new int[blocks(sizeBytes)];
      this.strong = new long[rolling.length];
      this.block = new byte[blockBytes(sizeBytes)];
    }

    /** Takes the next {@code length} bytes from {@code offset} on. */
    public void update(byte[] bytes, int offset, int length) {
      if (length > sizeBytes - taken) {
        throw new IllegalArgumentException("more than " + sizeBytes + " bytes");
      }
      int at = offset;
      int left = length;
      while (left > 0) {
        if (fill == 0 && left >= block.length) {
          add(bytes, at, block.length);
          at += block.length;
          left -= block.length;
        } else {
          int part = Math.min(left, block.length - fill);
          System.arraycopy(bytes, at, block, fill, part);
          fill += part;
          at += part;
          left -= part;
          if (fill == block.length) {
            add(block, 0, fill);
            fill = 0;
          }
        }
      }
      taken += length;
    }

    private void add(byte[] bytes, int offset, int length) {
      rolling[count] = RollingHash.of(bytes, offset, length);
      strong[count] = StrongHash.truncated(hash.of(bytes, offset, length));
      count++;
    }

    /** The signature, once every byte was taken. */
    public Signature finish() {
      if (taken != sizeBytes) {
        throw new IllegalStateException(taken + " of " + sizeBytes + " bytes");
      }
      if (fill > 0) {
        add(block, 0, fill);
      }
      return new Signature(sizeBytes, rolling, strong);
    }
  }

  /** The size of the file. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** The length of every block but the last. */
  public int blockBytes() {
    return blockBytes;
  }

  int blocks() {
    return rolling.length;
  }

  int blockLength(int block) {
    return (int) Math.min(blockBytes, sizeBytes - (long) block * blockBytes);
  }

  int rolling(int block) {
    return rolling[block];
  }

  long strong(int block) {
    return strong[block];
  }

  /** The bytes to send: layout (1), size (8), then rolling (4) and strong hash (8) per block. */
  public byte[] encode() {
    ByteBuffer out = ByteBuffer.allocate(HEADER_BYTES + ENTRY_BYTES * rolling.length);
    out.put(LAYOUT).putLong(sizeBytes);
    for (int block = 0; block < rolling.length; block++) {
      out.putInt(rolling[block]).putLong(strong[block]);
    }
    return out.array();
  }

  /**
   * Reads what {@link #encode} made.
   *
   * @throws RealizeException.Corrupt if it is not exactly that
   */
  public static Signature decode(byte[] encoded) throws RealizeException.Corrupt {
    ByteBuffer in = ByteBuffer.wrap(encoded);
    if (encoded.length < HEADER_BYTES || in.get() != LAYOUT) {
      throw new RealizeException.Corrupt("signature: unknown layout");
    }
    long size = in.getLong();
    int count = in.remaining() / ENTRY_BYTES;
    if (size < 0 || size > MAX_SIZE_BYTES) {
      throw new RealizeException.Corrupt("signature: of " + size + " bytes");
    }
    if (in.remaining() % ENTRY_BYTES != 0 || count != blocks(size)) {
      throw new RealizeException.Corrupt(
          "signature: %d blocks for a file of %d bytes".formatted(count, size));
    }
    int[] rolling = new int[count];
    long[] strong = new long[count];
    for (int block = 0; block < count; block++) {
      rolling[block] = in.getInt();
      strong[block] = in.getLong();
    }
    return new Signature(size, rolling, strong);
  }
}
