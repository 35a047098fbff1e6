/**
 * Bytes of contents on this machine: their places, and how they are opened, cached, verified and
 * repaired. Reads flow out of a real file, a blob, or equal blocks of other versions ({@link
 * org.realize.sync.content.LocalContent}); verified bytes of peers flow into a {@link
 * org.realize.sync.content.FillTarget}: the blob, or a file that is collected in the root. Bytes
 * that are elsewhere come through {@link org.realize.sync.content.ContentOpener} from {@code
 * transfer}, on top.
 */
@NullMarked
package org.realize.sync.content;

import org.jspecify.annotations.NullMarked;
