package org.realize.store.blob;

import java.util.concurrent.atomic.AtomicLong;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobRow;

/** The totals of all blobs, in step with the {@link BlobQueues}. Thread-safe. */
final class BlobTotals implements BlobRepair.Outcome {

  private final BlobQueues queues;
  private final AtomicLong claimedBytes;

  /**
   * The totals of blobs that are in their queues already.
   *
   * @param claimedBytes what their rows claim
   */
  BlobTotals(BlobQueues queues, long claimedBytes) {
    this.queues = queues;
    this.claimedBytes = new AtomicLong(claimedBytes);
  }

  /** What all rows claim. */
  long claimedBytes() {
    return claimedBytes.get();
  }

  /** So much more, or less, of an open blob is claimed, and it takes this room. */
  void claimed(SparseBlob blob, long moreBytes, SparseBlob.Room room) {
    claimedBytes.addAndGet(moreBytes);
    queues.sized(blob, room);
  }

  /** All that a row claimed is gone. */
  void gone(BlobRow row) {
    claimedBytes.addAndGet(-row.available().lengthBytes());
    queues.removed(row.hash());
  }

  @Override
  public void repaired(BlobInfo before, BlobInfo now) {
    claimedBytes.addAndGet(now.availableBytes() - before.availableBytes());
    if (now.availableBytes() == 0) {
      queues.removed(now.hash());
    } else {
      queues.sized(now.hash(), now.allocatedBytes());
    }
  }
}
