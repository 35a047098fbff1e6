package org.realize.sync.delta;

import java.io.IOException;

/**
 * The encoder of new bytes as deltas of the old ones of a {@link Signature}: feed the new bytes in
 * order with {@code update}, in pieces of any size, then {@link #finish}; each {@link Delta} covers
 * the next up to 4 MiB. Not thread-safe.
 *
 * <p>A window of one block moves over the new bytes. Where its rolling hash is that of an old
 * block, and then its SHA-256 too, the block is copied and the window jumps past it; elsewhere it
 * moves on by one byte, which becomes a literal. Nothing is allocated per byte or block.
 *
 * <p>A signature could have been made so that the rolling hash agrees everywhere and the strong one
 * nowhere, at the cost of hashing a whole block for each byte. So only a few times the bytes that
 * went by are hashed in vain; beyond that the window moves on unlooked-at.
 *
 * <p>Memory: the index of the signature, 256 KiB or four blocks, and one delta.
 */
public final class DeltaEncoder {
  private static final int MIN_BUFFER_BYTES = 256 << 10;
  private static final int MAX_VAIN_RATIO = 4;
  private static final long VAIN_ALLOWANCE_BYTES = 4L << 20;

  /** A receiver of the deltas in order. */
  @FunctionalInterface
  public interface Sink {
    /** The array is the receiver's to keep: what {@link Delta#decode} reads. */
    void delta(byte[] encoded) throws IOException;
  }

  private final BlockIndex index;
  private final RollingHash rolling;
  private final int blockBytes;
  private final DeltaWriter writer;
  private final byte[] buffer;

  /** The buffer holds literals from here, the window from {@code at}, new bytes to {@code end}. */
  private int start;

  private int at;
  private int end;
  private int hash;
  private int preferred;

  /** Whether {@code hash} is the window's, and whether it was looked for already. */
  private boolean isHashed;

  private boolean isMissed;
  private long bytesTaken;
  private long bytesHashedInVain;

  /** An encoder of deltas from the file of this signature. */
  public DeltaEncoder(Signature signature, Sink sink) {
    this.index = new BlockIndex(signature);
    this.blockBytes = signature.blockBytes();
    this.rolling = new RollingHash(blockBytes);
    this.writer = new DeltaWriter(blockBytes, sink);
    this.buffer = new byte[Math.max(MIN_BUFFER_BYTES, 4 * blockBytes)];
  }

  /** Takes the next {@code length} bytes from {@code offset} on. */
  public void update(byte[] bytes, int offset, int length) throws IOException {
    int from = offset;
    int left = length;
    while (left > 0) {
      if (end == buffer.length) {
        makeRoom();
      }
      int part = Math.min(left, buffer.length - end);
      System.arraycopy(bytes, from, buffer, end, part);
      end += part;
      from += part;
      left -= part;
      bytesTaken += part;
      search();
    }
  }

  /** Ends the new bytes: hands over what is left. The encoder cannot be used again. */
  public void finish() throws IOException {
    int length = index.shortBlockLength();
    if (length > 0 && end - start >= length && index.isShortBlock(buffer, end - length, length)) {
      writer.literal(buffer, start, end - length - start);
      writer.copy((long) index.fullBlocks() * blockBytes, length, index.windowHash());
    } else {
      writer.literal(buffer, start, end - start);
    }
    start = end;
    writer.finish();
  }

  /** Gives up the literals before the window, and moves the rest to the front. */
  private void makeRoom() throws IOException {
    writer.literal(buffer, start, at - start);
    System.arraycopy(buffer, at, buffer, 0, end - at);
    end -= at;
    at = 0;
    start = 0;
  }

  /** Moves the window to the end of the bytes. */
  private void search() throws IOException {
    while (end - at >= blockBytes) {
      if (!isHashed) {
        hash = RollingHash.of(buffer, at, blockBytes);
        isHashed = true;
        isMissed = false;
      }
      if (isMissed) {
        if (end - at == blockBytes) {
          return;
        }
        roll();
      }
      int block = index.has(hash) && mayHash() ? find() : -1;
      if (block >= 0) {
        copy(block);
      } else {
        isMissed = true;
      }
    }
  }

  /** Moves the window on by one byte, and on over all windows whose hash no block has. */
  private void roll() {
    int now = hash;
    int next = at;
    int last = end - blockBytes;
    do {
      now = rolling.roll(now, buffer[next], buffer[next + blockBytes]);
      next++;
    } while (next < last && !index.has(now));
    hash = now;
    at = next;
  }

  /** What was hashed to find that a block only looked like an old one. */
  long bytesHashedInVain() {
    return bytesHashedInVain;
  }

  private boolean mayHash() {
    return bytesHashedInVain <= VAIN_ALLOWANCE_BYTES + MAX_VAIN_RATIO * bytesTaken;
  }

  private int find() {
    int block = index.find(hash, buffer, at, preferred);
    if (block < 0) {
      bytesHashedInVain += blockBytes;
    }
    return block;
  }

  private void copy(int block) throws IOException {
    writer.literal(buffer, start, at - start);
    writer.copy((long) block * blockBytes, blockBytes, index.windowHash());
    at += blockBytes;
    start = at;
    preferred = block + 1;
    isHashed = false;
  }
}
