/** Tests of branches, on disks on the heap that fail and crash at any call. */
@NullMarked
package org.realize.sync.branch;

import org.jspecify.annotations.NullMarked;
