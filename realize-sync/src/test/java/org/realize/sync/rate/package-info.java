/** Tests of limits and back-off, in virtual time. */
@NullMarked
package org.realize.sync.rate;

import org.jspecify.annotations.NullMarked;
