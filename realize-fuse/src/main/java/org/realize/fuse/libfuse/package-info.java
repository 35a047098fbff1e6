/**
 * The driver on libfuse 2.9's high-level interface, which names files by path. Calls of the
 * library's threads flow through {@link org.realize.fuse.libfuse.Operations}; {@link
 * org.realize.fuse.libfuse.Paths} turns each path into an inode of the view. This interface cannot
 * notify the kernel of changes, so names and attributes are cached for less than half a second.
 */
@NullMarked
package org.realize.fuse.libfuse;

import org.jspecify.annotations.NullMarked;
