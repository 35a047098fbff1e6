/**
 * Whole files from one end to another, so that they can be stopped at any point and gone on with.
 *
 * <p>A {@link Mover} lists a {@link MoveSource} and has {@link FileMove} bring each file to a
 * {@link MoveTarget}: source → read, hash, diff → target → send, apply, finish. Then the source
 * gives the file up: an arena through {@link org.realize.sync.pin.SafeDrop}, a plain directory into
 * its own trash.
 */
@NullMarked
package org.realize.sync.move;

import org.jspecify.annotations.NullMarked;
