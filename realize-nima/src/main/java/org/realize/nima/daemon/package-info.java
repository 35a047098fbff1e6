/**
 * The composition root: it opens the parts of one node in order, joins them, and closes them in
 * reverse. The links between feeds, arenas, moves and peers are made here; decisions are not.
 */
@NullMarked
package org.realize.nima.daemon;

import org.jspecify.annotations.NullMarked;
