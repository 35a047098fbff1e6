package org.realize.sync.port;

import java.util.Optional;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;

/**
 * The locally stored bytes of one arena's contents: a directory of sparse files and their table.
 * Only verified bytes are written to it. Thread-safe; one instance of {@link Blob} per content is
 * shared by all who have it open.
 */
public interface BlobStore extends AutoCloseable {

  /** Opens the blob of {@code hash}, creating it empty at first use. The caller closes it. */
  Blob open(ContentHash hash, long sizeBytes) throws RealizeException;

  /** Opens it if it exists. */
  Optional<Blob> find(ContentHash hash) throws RealizeException;

  /**
   * Deletes the blob that nothing refers to any more, its file first, then its row; an open one
   * goes with its last handle. Nothing happens when there is none.
   */
  void delete(ContentHash hash) throws RealizeException;

  /** Bytes claimed by all blobs. */
  long cachedBytes();

  /** Room on the file system that holds the blobs. */
  DiskUsage usage() throws RealizeException;

  /** Claims what was written, then closes. */
  @Override
  void close() throws RealizeException;
}
