/**
 * The state of one arena in packed rows: the visible tree by inode, the known paths, the change
 * feed, blobs and small rows.
 *
 * <p>Rows flow out of the {@link org.realize.store.journal.CommitLog} into a query, which decodes
 * them as of one commit; a change collects changed rows and hands them to the log as one commit, of
 * which {@link org.realize.store.arena.Notices} notifies the listeners. Entries of a directory
 * share rows of a few kilobytes, spread by the hash of their names, so that every cost depends on
 * the directory and not on the arena.
 */
@NullMarked
package org.realize.store.arena;

import org.jspecify.annotations.NullMarked;
