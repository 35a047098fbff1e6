/** Tests of the real disk. */
@NullMarked
package org.realize.store.disk;

import org.jspecify.annotations.NullMarked;
