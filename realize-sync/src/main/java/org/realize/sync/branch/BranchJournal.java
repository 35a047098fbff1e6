package org.realize.sync.branch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.realize.sync.port.DiskFile;

/**
 * An append-only file of {@link BranchRecord}s, each after its length and checksum. A record that
 * is torn, and all after it, counts as not written. Durable when forced. For one thread at a time.
 */
final class BranchJournal implements AutoCloseable {

  /** The largest journal that is read: more than one ever gets. */
  private static final long MAX_BYTES = 1 << 30;

  private static final int HEAD_BYTES = 8;

  private final DiskFile file;
  private long endBytes;

  private BranchJournal(DiskFile file, long endBytes) {
    this.file = file;
    this.endBytes = endBytes;
  }

  /** A new journal in an empty file, which it closes. */
  static BranchJournal begin(DiskFile file) {
    return new BranchJournal(file, 0);
  }

  /** A record and where it ends in the journal. */
  record Placed(BranchRecord record, long endBytes) {}

  /** The records of a journal, all up to the first that is torn. */
  record ReadJournal(BranchJournal journal, List<Placed> records) {}

  /** Reads a journal, which goes on after the last whole record and closes {@code file}. */
  static ReadJournal read(DiskFile file) throws IOException {
    long size = file.sizeBytes();
    if (size > MAX_BYTES) {
      throw new IOException("the journal of a branch has " + size + " bytes");
    }
    ByteBuffer all = ByteBuffer.allocate((int) size);
    file.read(all, 0);
    all.flip();
    List<Placed> records = new ArrayList<>();
    long end = 0;
    while (all.remaining() >= HEAD_BYTES) {
      int length = all.getInt();
      int checksum = all.getInt();
      if (length <= 0 || length > all.remaining()) {
        break;
      }
      byte[] bytes = new byte[length];
      all.get(bytes);
      if (checksum(bytes) != checksum) {
        break;
      }
      end += HEAD_BYTES + length;
      records.add(new Placed(BranchRecord.decode(bytes), end));
    }
    return new ReadJournal(new BranchJournal(file, end), records);
  }

  private static int checksum(byte[] bytes) {
    CRC32C sum = new CRC32C();
    sum.update(bytes);
    return (int) sum.getValue();
  }

  /** Appends a record; where that fails nothing has changed, and it may be tried again. */
  void append(BranchRecord record) throws IOException {
    byte[] bytes = record.encode();
    ByteBuffer out = ByteBuffer.allocate(HEAD_BYTES + bytes.length);
    out.putInt(bytes.length).putInt(checksum(bytes)).put(bytes).flip();
    file.write(out, endBytes);
    endBytes += HEAD_BYTES + bytes.length;
  }

  long sizeBytes() {
    return endBytes;
  }

  void force() throws IOException {
    file.force();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
