/**
 * The interfaces to the outside of the core: time, disk, stores, peers and changes of the local
 * tree, with the values that pass through them. Adapters in the outer modules implement them,
 * in-memory twins in this module's test-jar as well; both pass the same contract suites.
 */
@NullMarked
package org.realize.sync.port;

import org.jspecify.annotations.NullMarked;
