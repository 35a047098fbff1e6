package org.realize.store.journal;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows below the journal. A failure is thrown as an unchecked exception. */
interface Tables {
  /** The row as last applied; null if there is none. Any thread. */
  byte @Nullable [] get(RowKey key);

  /**
   * Writes a whole batch as one transaction; one thread at a time. A cell without value removes. It
   * survives the death of the process once a journal row put later does.
   */
  void apply(Map<RowKey, RowBatch.Cell> rows);
}
