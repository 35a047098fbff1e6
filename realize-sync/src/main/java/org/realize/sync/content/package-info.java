/**
 * Bytes of contents on this machine: where they lie, how they are opened, cached, verified and
 * repaired. Bytes that are elsewhere come through {@link org.realize.sync.content.ContentOpener}
 * from {@code transfer}, on top.
 */
@NullMarked
package org.realize.sync.content;

import org.jspecify.annotations.NullMarked;
