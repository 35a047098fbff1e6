/**
 * Tests of caches with limits on a disk that fails, is cut off, or is changed behind the store's
 * back.
 */
@NullMarked
package org.realize.chaos.blob;

import org.jspecify.annotations.NullMarked;
