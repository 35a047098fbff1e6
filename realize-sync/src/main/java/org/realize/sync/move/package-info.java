/**
 * Whole files from one end to another, so that they can be stopped at any point and gone on with.
 *
 * <p>A {@link FileMove} decides what is still missing at the target and asks the two ends, each a
 * {@link MoveEnd}, for it: source → read, hash, diff → target → send, apply, finish → source →
 * delete. {@link RootFiles} is the end that serves a directory tree of this machine.
 */
@NullMarked
package org.realize.sync.move;

import org.jspecify.annotations.NullMarked;
