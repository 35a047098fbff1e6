package org.realize.store.blob;

import java.io.IOException;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.DiskFullException;

/** The translation of disk failures for the users of blobs. */
final class BlobFailures {

  private BlobFailures() {}

  static RealizeException of(String action, BlobRow row, IOException cause) {
    return of(action + " blob " + row.hash().hex8(), cause);
  }

  static RealizeException of(String message, IOException cause) {
    return cause instanceof DiskFullException
        ? new DiskFull(message, cause)
        : new StorageFailed(message, cause);
  }
}
