/**
 * Bytes of contents on this machine: their places, and how they are opened, cached, verified and
 * repaired. Reads flow out of a real file, a blob, or equal blocks of other versions ({@link
 * org.realize.sync.content.LocalContent}); verified bytes of peers flow into the blob ({@link
 * org.realize.sync.content.CacheFill}). Bytes that are elsewhere come through {@link
 * org.realize.sync.content.ContentOpener} from {@code transfer}, on top.
 */
@NullMarked
package org.realize.sync.content;

import org.jspecify.annotations.NullMarked;
