/** Tests of bytes that are on this machine. */
@NullMarked
package org.realize.sync.content;

import org.jspecify.annotations.NullMarked;
