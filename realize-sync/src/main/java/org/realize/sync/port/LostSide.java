package org.realize.sync.port;

import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;

/**
 * A file that lost a conflict while a blob of it was here: what replaces it was chosen, maybe by
 * mistake.
 *
 * @param hash of the blob, which may be gone
 * @param mode permission bits
 */
public record LostSide(RelativePath path, ContentHash hash, int mode, FileTime mtime) {}
