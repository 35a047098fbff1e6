package org.realize.sync.rules.cache;

import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobUse.Area;

/**
 * The record of one stored blob in the policy; enough to restore it.
 *
 * @param bytes that it takes on the disk
 * @param preferred whether it is marked, and so protected however rarely it is used
 */
public record CachedBlob(
    ContentHash hash, long bytes, Area area, boolean preferred, UseCount uses) {}
