/**
 * Whole files on their way from one end to another, resumed after an interruption at any point.
 *
 * <p>A {@link org.realize.sync.move.Mover} lists a {@link org.realize.sync.move.MoveSource}, and
 * {@link org.realize.sync.move.FileMove} brings each file to a {@link
 * org.realize.sync.move.MoveTarget}: the source reads, hashes and diffs; the target collects bytes
 * in a partial file, applies deltas and finishes the file. Then the source gives the file up: an
 * arena through {@link org.realize.sync.pin.SafeDrop}, a plain directory into its own trash.
 */
@NullMarked
package org.realize.sync.move;

import org.jspecify.annotations.NullMarked;
