package org.realize.store.journal;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows below the journal. A failure is thrown as an unchecked exception. */
interface Tables {
  /** The row as last applied; null if there is none. Any thread. */
  byte @Nullable [] get(RowKey key);

  /**
   * Writes a whole batch, in as many transactions as it takes; one thread at a time. A cell without
   * value removes. The death of the process may take it back, wholly or in part, until {@link
   * #flush}.
   */
  void apply(Map<RowKey, RowBatch.Cell> rows);

  /** Makes all that was applied before survive a power cut. Any thread. */
  void flush();
}
