/**
 * The blob store: one sparse file for each content, and its row in the arena's table. Verified
 * bytes flow in from the downloader, after {@link org.realize.store.blob.BlobCache} reserved their
 * room, and out to readers. {@link org.realize.store.blob.RangeCommitter} commits a range only
 * after its bytes are durable, so that {@link org.realize.store.blob.BlobFiles} repairs what a
 * crash leaves.
 */
@NullMarked
package org.realize.store.blob;

import org.jspecify.annotations.NullMarked;
