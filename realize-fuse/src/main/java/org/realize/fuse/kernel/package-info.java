/**
 * The FUSE protocol itself, spoken to the kernel over {@code /dev/fuse}. Readers take requests from
 * the device and answer them at once from the view; only a read whose bytes are elsewhere is handed
 * to a virtual thread ({@link org.realize.fuse.kernel.Waits}). Changes flow the other way: from the
 * view through {@link org.realize.fuse.kernel.Notifications} to the kernel's caches, which hold
 * entries and attributes for an hour because it is notified of changes.
 */
@NullMarked
package org.realize.fuse.kernel;

import org.jspecify.annotations.NullMarked;
