/** Tests of the daemon's wiring. */
@NullMarked
package org.realize.nima.daemon;

import org.jspecify.annotations.NullMarked;
