/**
 * One arena of this machine as one value. Types that work on an arena take the {@link
 * org.realize.sync.arena.Arena}, not its parts.
 */
@NullMarked
package org.realize.sync.arena;

import org.jspecify.annotations.NullMarked;
