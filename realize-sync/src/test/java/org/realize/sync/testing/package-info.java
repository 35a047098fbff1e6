/** In-memory twins of the ports, for the tests of every module. */
@NullMarked
package org.realize.sync.testing;

import org.jspecify.annotations.NullMarked;
