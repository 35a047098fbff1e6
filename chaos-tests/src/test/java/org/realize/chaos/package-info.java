/** Tests of whole households and of the shape of the code. */
@NullMarked
package org.realize.chaos;

import org.jspecify.annotations.NullMarked;
