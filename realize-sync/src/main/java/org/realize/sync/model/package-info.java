/**
 * The words of Realize as immutable values: names, paths, contents, versions, metadata and the
 * closed set of expected failures. No I/O, no time; every other package speaks in these types.
 */
@NullMarked
package org.realize.sync.model;

import org.jspecify.annotations.NullMarked;
