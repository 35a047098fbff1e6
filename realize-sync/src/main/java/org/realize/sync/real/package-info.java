/**
 * The ordinary files below an arena's root, and every effect that Realize has on them: the root's
 * identity, files that are replaced, dropped or put into the trash, and partial files. Nothing else
 * renames, writes or unlinks below a root.
 */
@NullMarked
package org.realize.sync.real;

import org.jspecify.annotations.NullMarked;
