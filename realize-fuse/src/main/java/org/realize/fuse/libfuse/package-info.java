/**
 * The mount by libfuse 2.9's high-level interface, which names files by path: {@link
 * org.realize.fuse.libfuse.Paths} turns them into inodes of the view. Platform threads each run the
 * library's loop, two for each read that may wait; the kernel keeps names and attributes for half a
 * second, as this interface cannot tell it of changes.
 */
@NullMarked
package org.realize.fuse.libfuse;

import org.jspecify.annotations.NullMarked;
