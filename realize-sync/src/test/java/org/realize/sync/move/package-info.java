/** Tests of moves between disks on the heap whose ends fail. */
@NullMarked
package org.realize.sync.move;

import org.jspecify.annotations.NullMarked;
