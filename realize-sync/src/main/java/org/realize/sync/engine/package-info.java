/**
 * The work that goes on behind the user's back. Each job looks at the stores and advances by {@code
 * step()}, which says when the next one is due, so that one thread can drive a whole household in
 * virtual time.
 */
@NullMarked
package org.realize.sync.engine;

import org.jspecify.annotations.NullMarked;
