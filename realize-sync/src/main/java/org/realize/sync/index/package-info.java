/**
 * The way from the disk to the index. A scan or a hint names paths; {@link
 * org.realize.sync.index.TreeWalk} turns names into observations; {@link
 * org.realize.sync.index.NameJudge}, which is pure, decides what each means for the real version in
 * the store; {@link org.realize.sync.index.NameIndexer} reads and hashes where the decision says
 * so; {@link org.realize.sync.index.CommitBatches} gathers conclusions, and {@link
 * org.realize.sync.index.BatchCommit} commits them. Absence is reported only where it is certain;
 * everything else pauses.
 */
@NullMarked
package org.realize.sync.index;

import org.jspecify.annotations.NullMarked;
