package org.realize.sync.port;

import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;

/**
 * The table's side of one blob. A row without available bytes may have no file: its bytes were
 * evicted, and it remembers who refers to them.
 *
 * @param fileId names its file; never reused
 * @param available the bytes that were verified and made durable
 * @param allocatedBytes what they take on the file system
 */
public record BlobRow(
    ContentHash hash,
    long sizeBytes,
    long fileId,
    ByteRanges available,
    long allocatedBytes,
    BlobUse use) {

  /** A row of bytes that were never used, and that take the room of their number. */
  public BlobRow(ContentHash hash, long sizeBytes, long fileId, ByteRanges available) {
    this(hash, sizeBytes, fileId, available, available.lengthBytes(), BlobUse.NONE);
  }

  /** True if all of its bytes are here. */
  public boolean isWhole() {
    return available.equals(ByteRanges.of(0, sizeBytes));
  }

  public BlobInfo info() {
    return new BlobInfo(hash, sizeBytes, fileId, available.lengthBytes(), allocatedBytes, use);
  }

  /** The same blob with other bytes. */
  public BlobRow with(ByteRanges nowAvailable, long nowAllocatedBytes) {
    return new BlobRow(hash, sizeBytes, fileId, nowAvailable, nowAllocatedBytes, use);
  }

  /** The same blob with another use. */
  public BlobRow with(BlobUse nowUse) {
    return new BlobRow(hash, sizeBytes, fileId, available, allocatedBytes, nowUse);
  }
}
