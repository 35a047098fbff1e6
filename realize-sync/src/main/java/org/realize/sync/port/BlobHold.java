package org.realize.sync.port;

import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;

/**
 * A blob that a path does not show any more and keeps all the same, because its bytes may serve the
 * content that the path shows now.
 *
 * @param hash what is held
 * @param sinceMillis when the hold was first looked at; 0 until then
 */
public record BlobHold(RelativePath path, ContentHash hash, long sinceMillis) {}
