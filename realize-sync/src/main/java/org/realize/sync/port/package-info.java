/**
 * What the core needs from outside: time, disk, stores, peers and changes of the local tree.
 * Adapters implement these interfaces in the outer modules, in-memory twins in this module's
 * test-jar; both pass the same contract suites.
 */
@NullMarked
package org.realize.sync.port;

import org.jspecify.annotations.NullMarked;
