/** Tests of moves between disks on the heap, their ends in trouble. */
@NullMarked
package org.realize.sync.move;

import org.jspecify.annotations.NullMarked;
