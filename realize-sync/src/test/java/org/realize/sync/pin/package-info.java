/** Tests of files given up under pins, by peers on the heap. */
@NullMarked
package org.realize.sync.pin;

import org.jspecify.annotations.NullMarked;
