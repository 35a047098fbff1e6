/**
 * Tests of moves in virtual time between two disks on the heap. A seed makes calls and effects
 * fail; the files that are left at both ends are judged.
 */
@NullMarked
package org.realize.chaos.move;

import org.jspecify.annotations.NullMarked;
