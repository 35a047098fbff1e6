/**
 * The composition root: opens the parts of one node in order, joins them, and closes them in
 * reverse. Nothing is decided here but which part talks to which.
 */
@NullMarked
package org.realize.nima.daemon;

import org.jspecify.annotations.NullMarked;
