/**
 * Benchmarks of whole nodes beside their yardsticks, in the same run and in turn, so that a slow or
 * busy machine slows both. Measured times flow into {@link org.realize.chaos.bench.Figure}s,
 * printed as a table of medians and ratios and written as JSON. No figure is judged here.
 */
@NullMarked
package org.realize.chaos.bench;

import org.jspecify.annotations.NullMarked;
