/**
 * Which blobs a cache keeps, as pure rules over compact state in memory: {@link
 * org.realize.sync.rules.cache.CachePolicy} receives what is stored, read, pinned and deleted, and
 * says in which {@link org.realize.sync.port.BlobUse.Area} each blob is and which go next. Nothing
 * here does I/O or knows the time; time is what has been read.
 */
@NullMarked
package org.realize.sync.rules.cache;

import org.jspecify.annotations.NullMarked;
