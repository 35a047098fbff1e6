/**
 * The ordinary files below an arena's root, and every effect that Realize has on them. {@link
 * org.realize.sync.real.Places} says which directories are certain. A {@link
 * org.realize.sync.real.RealChange} flows through {@link org.realize.sync.real.ApplyProtocol},
 * which notes an {@code ApplyIntent}, makes the change and has {@code ApplyConclusion} finish it or
 * take it back; what is displaced goes to the {@link org.realize.sync.real.Trash}. Nothing else
 * renames, writes or unlinks below a root.
 */
@NullMarked
package org.realize.sync.real;

import org.jspecify.annotations.NullMarked;
