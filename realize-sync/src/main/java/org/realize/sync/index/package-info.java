/**
 * From the disk to the index. A scan or a hint says where to look; {@link
 * org.realize.sync.index.TreeWalk} observes the names there; {@link
 * org.realize.sync.index.NameJudge}, which is pure, decides what each means for the real versions
 * that the store keeps; {@link org.realize.sync.index.NameIndexer} reads what must be read, and
 * {@link org.realize.sync.index.CommitBatches} commits what the user changed. Absence is reported
 * only where it is certain; everything else pauses.
 */
@NullMarked
package org.realize.sync.index;

import org.jspecify.annotations.NullMarked;
