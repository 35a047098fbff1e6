/**
 * Moves in virtual time between two disks on the heap, whose calls and effects go wrong as a seed
 * says, judged by what is left at both ends.
 */
@NullMarked
package org.realize.chaos.move;

import org.jspecify.annotations.NullMarked;
