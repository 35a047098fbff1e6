package org.realize.store.journal;

import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.CRC32C;
import org.realize.sync.model.RealizeException;

/**
 * One row of the journal: a part of one batch.
 *
 * <p>Layout, big-endian: version (1 byte), CRC32C of all that follows (4), sequence (8), highest
 * sequence known to be applied (8), sequence of the batch's first part (8), number of parts (4),
 * number of rows (4); then per row its key, the length of its value (4, −1 for a removal) and the
 * value.
 *
 * @param sequence gap-free, from 1
 * @param appliedThrough every row up to this sequence was applied when this one was written
 * @param first the sequence of the batch's first part
 * @param parts the number of parts of the batch
 * @param cells the rows of this part
 */
record JournalRow(
    long sequence, long appliedThrough, long first, int parts, Map<RowKey, RowBatch.Cell> cells) {
  /** The layout written by this program. */
  static final byte VERSION = 1;

  /** A part is closed before it would exceed this, unless one row alone does. */
  static final long MAX_PART_BYTES = 1L << 20;

  /** More than what a part takes beside its rows, its length in a file included. */
  static final long MAX_OVERHEAD_BYTES = 64;

  private static final int CRC_AT = 1;
  private static final int BODY_AT = 5;
  private static final int HEADER_BYTES = BODY_AT + 8 + 8 + 8 + 4 + 4;

  /** The last sequence of the batch. */
  long last() {
    return first + parts - 1;
  }

  /** The size of its rows. */
  long bytes() {
    long bytes = 0;
    for (Map.Entry<RowKey, RowBatch.Cell> row : cells.entrySet()) {
      bytes += RowBatch.size(row.getKey(), row.getValue().value);
    }
    return bytes;
  }

  byte[] encode() {
    int size = HEADER_BYTES;
    for (Map.Entry<RowKey, RowBatch.Cell> row : cells.entrySet()) {
      byte[] value = row.getValue().value;
      size += row.getKey().encodedBytes() + 4 + (value == null ? 0 : value.length);
    }
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put(VERSION).putInt(0).putLong(sequence).putLong(appliedThrough).putLong(first);
    out.putInt(parts).putInt(cells.size());
    cells.forEach((key, cell) -> {
      key.write(out);
      byte[] value = cell.value;
      if (value == null) {
        out.putInt(-1);
      } else {
        out.putInt(value.length).put(value);
      }
    });
    return out.putInt(CRC_AT, checksum(out.array())).array();
  }

  /** False if these bytes are not, or not all of, a row of this version as it was encoded. */
  static boolean isWhole(byte[] row) {
    return row.length >= HEADER_BYTES
        && row[0] == VERSION
        && ByteBuffer.wrap(row).getInt(CRC_AT) == checksum(row);
  }

  /** The sequence of an encoded row. */
  static long sequence(byte[] row) {
    return ByteBuffer.wrap(row).getLong(BODY_AT);
  }

  /**
   * Reads a row back.
   *
   * @throws RealizeException.Corrupt if it is damaged or of a newer version
   */
  static JournalRow decode(byte[] row) throws RealizeException.Corrupt {
    ByteBuffer in = ByteBuffer.wrap(row);
    if (row.length < HEADER_BYTES || row[0] != VERSION) {
      throw new RealizeException.Corrupt("journal row of unknown version");
    }
    if (!isWhole(row)) {
      throw new RealizeException.Corrupt("journal row with a wrong checksum");
    }
    in.position(BODY_AT);
    long sequence = in.getLong();
    long appliedThrough = in.getLong();
    long first = in.getLong();
    int parts = in.getInt();
    int count = in.getInt();
    Map<RowKey, RowBatch.Cell> cells = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      RowKey key = RowKey.read(in);
      int length = in.getInt();
      if (length < 0) {
        cells.put(key, new RowBatch.Cell(null));
      } else {
        byte[] value = new byte[length];
        in.get(value);
        cells.put(key, new RowBatch.Cell(value));
      }
    }
    return new JournalRow(sequence, appliedThrough, first, parts, cells);
  }

  private static int checksum(byte[] row) {
    CRC32C crc = new CRC32C();
    crc.update(row, BODY_AT, row.length - BODY_AT);
    return (int) crc.getValue();
  }
}
