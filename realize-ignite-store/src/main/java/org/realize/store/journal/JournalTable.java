package org.realize.store.journal;

import java.util.SortedMap;
import org.realize.sync.model.RealizeException.DiskFull;

/** The raw rows of the journal, by sequence. A failure is thrown as an unchecked exception. */
interface JournalTable {
  /** Every row that is there, by sequence. */
  SortedMap<Long, byte[]> all();

  /**
   * Takes room on the disk for rows of so many bytes in all, those included that were prepared
   * earlier and are not put yet: their puts meet no full disk.
   *
   * @param isVital true to take it out of the reserve if need be
   */
  void prepare(long bytes, boolean isVital) throws DiskFull;

  /** Writes one row; on return it survives the death of the process. */
  void put(long sequence, byte[] row);

  /**
   * Removes the rows from {@code first} to {@code last}, both included, once all that was put so
   * far survives a power cut. A restart may bring some of them back.
   */
  void remove(long first, long last);

  /** Makes everything that was put so far survive a power cut. Any thread. */
  void flush();
}
