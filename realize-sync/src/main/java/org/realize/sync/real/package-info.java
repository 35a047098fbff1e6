/**
 * The ordinary files below an arena's root, and every effect that Realize has on them. {@link
 * org.realize.sync.real.Places} says which directories are certain. A {@link
 * org.realize.sync.real.RealChange} flows through {@link org.realize.sync.real.ApplyProtocol} in an
 * {@code ApplyBatch}: {@code Staging} makes what is new, {@code ApplyJournal} commits an {@code
 * ApplyIntent}, {@code ApplyEffects} makes the change, {@code ApplyConclusion} finishes it or takes
 * it back, and the journal commits the result. What is displaced goes to the {@link
 * org.realize.sync.real.Trash}. Nothing else renames, writes or unlinks below a root, but a branch,
 * which takes a free name.
 */
@NullMarked
package org.realize.sync.real;

import org.jspecify.annotations.NullMarked;
