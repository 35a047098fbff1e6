/** Tests of the view on stores and disks on the heap. */
@NullMarked
package org.realize.sync.view;

import org.jspecify.annotations.NullMarked;
