/**
 * The machine's side of both drivers: errno values for failures, the mount table, and the ways to
 * mount and unmount. Numbers, bytes and paths only; nothing here knows the view.
 */
@NullMarked
package org.realize.fuse.sys;

import org.jspecify.annotations.NullMarked;
