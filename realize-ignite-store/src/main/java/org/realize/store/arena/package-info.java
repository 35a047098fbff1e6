/**
 * One arena's state in packed rows: the visible tree by inode, the known paths, the change feed,
 * blobs and small rows.
 *
 * <p>A query decodes rows as of one commit; a change collects changed rows, which become one commit
 * of the journal. Entries of a directory share rows of a few kilobytes, spread by the hash of their
 * names, so that every cost depends on the directory and not on the arena.
 */
@NullMarked
package org.realize.store.arena;

import org.jspecify.annotations.NullMarked;
