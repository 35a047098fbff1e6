package org.realize.sync.service;

import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.FeedPages;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;

/**
 * An arena that peers may read.
 *
 * @param root the Real; null where the arena has no root
 */
public record ServedArena(ArenaStore store, FeedPages feed, BlobStore blobs, @Nullable Disk root) {}
