/**
 * What both drivers of the mount need from the machine: the C library's calls, error numbers, the
 * mount table, and the ways to mount and unmount. Numbers and bytes only; nothing here knows the
 * view.
 */
@NullMarked
package org.realize.fuse.sys;

import org.jspecify.annotations.NullMarked;
