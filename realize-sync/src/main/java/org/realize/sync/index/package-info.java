/**
 * From the disk to the index: a scan or a hint says where to look, the indexer compares what stands
 * there with the real versions that the store keeps, hashes what differs, and commits what the user
 * changed. Absence is reported only where it is certain; everything else pauses.
 */
@NullMarked
package org.realize.sync.index;

import org.jspecify.annotations.NullMarked;
