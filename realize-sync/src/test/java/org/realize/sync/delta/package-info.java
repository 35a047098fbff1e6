/** Tests of the pure functions over bytes. */
@NullMarked
package org.realize.sync.delta;

import org.jspecify.annotations.NullMarked;
