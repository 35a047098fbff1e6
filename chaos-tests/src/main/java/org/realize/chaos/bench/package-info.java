/**
 * Measures whole nodes beside their yardsticks, in the same run and in turn, so that a slow or busy
 * machine slows both. Prints a table of medians and ratios and writes them as JSON. Judges nothing.
 */
@NullMarked
package org.realize.chaos.bench;

import org.jspecify.annotations.NullMarked;
