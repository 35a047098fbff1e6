/**
 * The order in which blobs leave a cache, as pure rules over compact state in memory. Stores,
 * reads, pins and deletions flow into {@link org.realize.sync.rules.cache.CachePolicy}; the {@link
 * org.realize.sync.port.BlobUse.Area} of each blob and the next victims flow out. No I/O; time is
 * the number of bytes read.
 */
@NullMarked
package org.realize.sync.rules.cache;

import org.jspecify.annotations.NullMarked;
