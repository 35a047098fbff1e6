/**
 * One arena of this machine as one value. Whatever works on an arena is given the {@link
 * org.realize.sync.arena.Arena} and what it needs besides, not the arena's parts.
 */
@NullMarked
package org.realize.sync.arena;

import org.jspecify.annotations.NullMarked;
