/** Tests of downloads against scripted peers. */
@NullMarked
package org.realize.sync.transfer;

import org.jspecify.annotations.NullMarked;
