/** The mount: requests of the kernel come in here and are answered from the file view. */
@NullMarked
package org.realize.fuse;

import org.jspecify.annotations.NullMarked;
