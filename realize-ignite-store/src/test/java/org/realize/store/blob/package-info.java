/** Tests of the blob store. */
@NullMarked
package org.realize.store.blob;

import org.jspecify.annotations.NullMarked;
