package org.realize.sync.port;

import org.realize.sync.model.ContentHash;

/**
 * The row of one blob, without its ranges.
 *
 * @param fileId names its file; never reused
 * @param availableBytes how many bytes were verified and made durable
 * @param allocatedBytes what they take on the file system
 */
public record BlobInfo(
    ContentHash hash,
    long sizeBytes,
    long fileId,
    long availableBytes,
    long allocatedBytes,
    BlobUse use) {}
