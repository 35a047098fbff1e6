package org.realize.sync.delta;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.realize.sync.model.RealizeException.Corrupt;

/**
 * The recipe of up to 4 MiB of new bytes from old ones: a run of copies and literals. Checked whole
 * when it is decoded, before anything is done with it, and again when it is applied: what comes out
 * has the hash that its sender computed. Immutable and thread-safe.
 *
 * <p>Layout: layout (1 byte), number of new bytes (4, big-endian), check (32), then operations to
 * the end. An operation begins with a number, base 128, low group first: twice its length, plus one
 * for a copy. A literal's bytes follow, at most a piece. A copy's place follows as a number: its
 * distance from the end of the copy before (0 at first), in zigzag. The check is SHA-256 over the
 * SHA-256 of each piece in order; a piece is a literal, or up to a block of a copy.
 */
public final class Delta {
  /** New bytes of one delta at most. */
  public static final int MAX_TARGET_BYTES = 4 << 20;

  static final byte LAYOUT = 1;
  static final int HEADER_BYTES = 1 + Integer.BYTES + StrongHash.BYTES;

  /** More than an encoder ever makes: a copy and a literal for each of the shortest blocks. */
  private static final int MAX_OPERATIONS = 4 * (MAX_TARGET_BYTES / Signature.MIN_BLOCK_BYTES);

  /** Two numbers of ten bytes. */
  static final int MAX_OPERATION_BYTES = 20;

  private final byte[] encoded;
  private final int pieceBytes;
  private final int targetBytes;
  private final List<Operation> operations;

  /** One operation: a copy from the old bytes, or a literal at a place in the encoded delta. */
  private record Operation(boolean isCopy, long offset, int length) {}

  private Delta(byte[] encoded, int pieceBytes, int targetBytes, List<Operation> operations) {
    this.encoded = encoded;
    this.pieceBytes = pieceBytes;
    this.targetBytes = targetBytes;
    this.operations = operations;
  }

  /** Reads old bytes at any place. */
  @FunctionalInterface
  public interface OldBytes {
    /** Fills {@code length} bytes of {@code into} from {@code at} on, or throws. */
    void read(long offset, byte[] into, int at, int length) throws IOException;
  }

  /**
   * Reads a delta against old bytes of this size. The array must not be changed any more.
   *
   * @throws Corrupt unless its lengths add up and every copy lies within the old bytes
   */
  public static Delta decode(byte[] encoded, long oldSizeBytes) throws Corrupt {
    if (encoded.length < HEADER_BYTES || encoded[0] != LAYOUT) {
      throw new Corrupt("delta: unknown layout");
    }
    int target = ByteBuffer.wrap(encoded).getInt(1);
    if (target <= 0 || target > MAX_TARGET_BYTES) {
      throw new Corrupt("delta: of " + target + " bytes");
    }
    int pieceBytes = Signature.blockBytes(oldSizeBytes);
    Reader in = new Reader(encoded);
    List<Operation> operations = new ArrayList<>();
    int made = 0;
    while (in.at < encoded.length) {
      Operation next = in.operation(oldSizeBytes, pieceBytes);
      if (operations.size() == MAX_OPERATIONS) {
        throw new Corrupt("delta: more than " + MAX_OPERATIONS + " operations");
      }
      if (next.length > target - made) {
        throw new Corrupt("delta: more than the " + target + " bytes it says");
      }
      made += next.length;
      operations.add(next);
    }
    if (made != target) {
      throw new Corrupt("delta: %d of the %d bytes it says".formatted(made, target));
    }
    return new Delta(encoded, pieceBytes, target, operations);
  }

  /** Takes operations from the bytes. */
  private static final class Reader {
    private final byte[] bytes;
    private int at = HEADER_BYTES;
    private long expectedOffset;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    Operation operation(long oldSizeBytes, int pieceBytes) throws Corrupt {
      long head = number();
      long length = head >>> 1;
      if (length == 0 || length > MAX_TARGET_BYTES) {
        throw new Corrupt("delta: an operation of " + length + " bytes");
      }
      return (head & 1) == 0 ? literal((int) length, pieceBytes) : copy((int) length, oldSizeBytes);
    }

    private Operation literal(int length, int pieceBytes) throws Corrupt {
      if (length > bytes.length - at || length > pieceBytes) {
        throw new Corrupt("delta: a literal of " + length + " bytes");
      }
      Operation literal = new Operation(false, at, length);
      at += length;
      return literal;
    }

    private Operation copy(int length, long oldSizeBytes) throws Corrupt {
      long number = number();
      long offset = expectedOffset + ((number >>> 1) ^ -(number & 1));
      if (offset < 0 || offset > oldSizeBytes - length) {
        throw new Corrupt(
            "delta: a copy of %d bytes at %d of %d".formatted(length, offset, oldSizeBytes));
      }
      expectedOffset = offset + length;
      return new Operation(true, offset, length);
    }

    private long number() throws Corrupt {
      long number = 0;
      for (int shift = 0; shift < Long.SIZE && at < bytes.length; shift += 7) {
        byte next = bytes[at++];
        number |= (next & 0x7FL) << shift;
        if (next >= 0) {
          return number;
        }
      }
      throw new Corrupt("delta: a number without an end");
    }
  }

  /** The number of bytes that it makes. */
  public int targetBytes() {
    return targetBytes;
  }

  /** Whether it only says that the old bytes from this place on are the new ones. */
  public boolean isUnchanged(long offset) {
    Operation first = operations.getFirst();
    return operations.size() == 1 && first.isCopy && first.offset == offset;
  }

  /**
   * How far the place that the last copy is from lies behind, or with a minus before, the place in
   * the new bytes where it goes; empty if nothing is copied.
   */
  public OptionalLong lastShift() {
    OptionalLong shift = OptionalLong.empty();
    long made = 0;
    for (Operation each : operations) {
      if (each.isCopy) {
        shift = OptionalLong.of(each.offset - made);
      }
      made += each.length;
    }
    return shift;
  }

  /**
   * Makes the new bytes, in {@code target} from {@code at} on. If this throws, what lies there is
   * of no use.
   *
   * @throws Corrupt if what came out is not what the sender had: the old bytes are others, or two
   *     different blocks looked the same
   */
  public void apply(OldBytes old, byte[] target, int at) throws IOException, Corrupt {
    StrongHash whole = new StrongHash();
    StrongHash piece = new StrongHash();
    int made = at;
    for (Operation each : operations) {
      if (each.isCopy) {
        old.read(each.offset, target, made, each.length);
      } else {
        System.arraycopy(encoded, (int) each.offset, target, made, each.length);
      }
      for (int done = 0; done < each.length; done += pieceBytes) {
        int length = Math.min(pieceBytes, each.length - done);
        whole.update(piece.of(target, made + done, length), 0, StrongHash.BYTES);
      }
      made += each.length;
    }
    if (!Arrays.equals(
        whole.end(), 0, StrongHash.BYTES, encoded, 1 + Integer.BYTES, HEADER_BYTES)) {
      throw new Corrupt("delta: what it makes of the old bytes does not match its hash");
    }
  }
}
