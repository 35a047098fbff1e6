package org.realize.sync.port;

import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;

/**
 * A blob that a path no longer shows and still keeps, because its bytes may serve the content that
 * the path shows now.
 *
 * @param hash what is held
 * @param sinceMillis when the hold was first looked at; 0 until then
 */
public record BlobHold(RelativePath path, ContentHash hash, long sinceMillis) {}
