/** Tests of the way from the disk to the index. */
@NullMarked
package org.realize.sync.index;

import org.jspecify.annotations.NullMarked;
