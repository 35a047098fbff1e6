/** Tests of the effects on real files, on disks on the heap that fail and crash at any call. */
@NullMarked
package org.realize.sync.real;

import org.jspecify.annotations.NullMarked;
