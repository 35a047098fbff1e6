package org.realize.sync.port;

import org.realize.sync.model.ContentHash;

/**
 * What the table says of one blob, but for which bytes it has.
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
