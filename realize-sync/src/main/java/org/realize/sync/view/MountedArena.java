package org.realize.sync.view;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Mark;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.BlobStore;
import org.realize.sync.port.Disk;
import org.realize.sync.transfer.Downloader;

/**
 * An arena as the mount needs it.
 *
 * @param root the Real; null where the arena has no root
 * @param mark the arena's own mark, for paths without a marked ancestor
 */
public record MountedArena(
    ArenaStore store, BlobStore blobs, Downloader downloader, @Nullable Disk root, Mark mark) {}
