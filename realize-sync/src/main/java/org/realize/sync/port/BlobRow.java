package org.realize.sync.port;

import org.realize.sync.model.ByteRanges;
import org.realize.sync.model.ContentHash;

/**
 * The table's side of one blob.
 *
 * @param fileId names its file; never reused
 * @param available the bytes that were verified and made durable
 */
public record BlobRow(ContentHash hash, long sizeBytes, long fileId, ByteRanges available) {}
