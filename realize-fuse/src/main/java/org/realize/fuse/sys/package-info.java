/**
 * The machine's side of both drivers of the mount: errors for programs, the mount table, and the
 * ways to mount and unmount. Numbers and bytes only; nothing here knows the view.
 */
@NullMarked
package org.realize.fuse.sys;

import org.jspecify.annotations.NullMarked;
