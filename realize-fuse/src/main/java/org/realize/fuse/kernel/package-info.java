/**
 * The driver that speaks the FUSE protocol to the kernel over {@code /dev/fuse}. Requests flow from
 * the {@link org.realize.fuse.kernel.Device} through {@link
 * org.realize.fuse.kernel.RequestDispatcher} to the view, and answers back on the same thread; a
 * read whose bytes are elsewhere goes to a virtual thread ({@link org.realize.fuse.kernel.Waits}).
 * What writes goes through {@link org.realize.fuse.kernel.EditRequests}; what waits for a disk has
 * threads of its own ({@link org.realize.fuse.kernel.SlowRequests}). Changes flow the other way,
 * from the view through {@link org.realize.fuse.kernel.Notifications} to the kernel, which
 * therefore may cache entries and attributes for an hour.
 */
@NullMarked
package org.realize.fuse.kernel;

import org.jspecify.annotations.NullMarked;
