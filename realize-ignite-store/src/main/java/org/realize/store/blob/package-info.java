/**
 * The blob store: one sparse file per content and its row in the arena's table. Verified bytes flow
 * in from the downloader and out to readers; they are made durable, and only then are their ranges
 * noted in the table, so that a crash at any point is repaired when the store opens.
 */
@NullMarked
package org.realize.store.blob;

import org.jspecify.annotations.NullMarked;
