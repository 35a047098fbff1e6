/** Tests of what a node tells of itself. */
@NullMarked
package org.realize.nima.observe;

import org.jspecify.annotations.NullMarked;
