package org.realize.sync.branch;

import java.util.List;
import org.realize.sync.model.ByteRange;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/** One record of a branch's journal, appended after the effect on the file that it tells of. */
sealed interface BranchRecord {

  /**
   * The first record, and the only one of its kind.
   *
   * @param life of the page cache in which all later records are written: the start of the machine,
   *     and the mount of the files
   */
  record Began(BranchOrigin origin, String life) implements BranchRecord {}

  /** Bytes that are in the file, written by a program or filled in from the base. */
  record BytesHere(ByteRange range, int checksum) implements BranchRecord {}

  /** Another size; what of the base lay beyond it is gone. */
  record Resized(long sizeBytes) implements BranchRecord {}

  /** The first {@code journalBytes} bytes of the journal tell of what is durable in the file. */
  record ForcedUntil(long journalBytes) implements BranchRecord {}

  /**
   * All that earlier records said, durable in the file.
   *
   * @param baseBytes bytes from here on are none of the base
   */
  record State(long sizeBytes, long baseBytes, List<ByteRange> here) implements BranchRecord {
    public State {
      here = List.copyOf(here);
    }
  }

  /** A file is about to get the branch's name: once it has that, the branch has none. */
  record NameReplaced(long fileKey, long birthNanos) implements BranchRecord {}

  /** The branch has lost its name. */
  record Nameless() implements BranchRecord {}

  /** The bytes of the record, without length and checksum. */
  default byte[] encode() {
    RowEncoder out = new RowEncoder();
    switch (this) {
      case Began(BranchOrigin(var path, var base, String store), String life) ->
          out.putByte(0).putPath(path).putVersion(base).putText(store).putText(life);
      case BytesHere(ByteRange range, int checksum) ->
          putRange(out.putByte(1), range).putNumber(Integer.toUnsignedLong(checksum));
      case Resized(long size) -> out.putByte(2).putNumber(size);
      case ForcedUntil(long bytes) -> out.putByte(3).putNumber(bytes);
      case State(long size, long baseBytes, List<ByteRange> here) ->
          out.putByte(4)
              .putNumber(size)
              .putNumber(baseBytes)
              .putEach(here, (row, range) -> putRange(row, range));
      case NameReplaced(long key, long birth) -> out.putByte(5).putLong(key).putLong(birth);
      case Nameless() -> out.putByte(6);
    }
    return out.toBytes();
  }

  private static RowEncoder putRange(RowEncoder out, ByteRange range) {
    return out.putNumber(range.startBytes()).putNumber(range.lengthBytes());
  }

  /** The record of these bytes; throws {@link IllegalStateException} for one of another layout. */
  static BranchRecord decode(byte[] bytes) {
    RowDecoder in = new RowDecoder(bytes);
    int kind = in.getByte();
    return switch (kind) {
      case 0 ->
          new Began(new BranchOrigin(in.getPath(), in.getVersion(), in.getText()), in.getText());
      case 1 -> new BytesHere(range(in), (int) in.getNumber());
      case 2 -> new Resized(in.getNumber());
      case 3 -> new ForcedUntil(in.getNumber());
      case 4 -> new State(in.getNumber(), in.getNumber(), in.getEach(BranchRecord::range));
      case 5 -> new NameReplaced(in.getLong(), in.getLong());
      case 6 -> new Nameless();
      default -> throw new IllegalStateException("a record of kind " + kind + " of a branch");
    };
  }

  private static ByteRange range(RowDecoder in) {
    long start = in.getNumber();
    return new ByteRange(start, start + in.getNumber());
  }
}
