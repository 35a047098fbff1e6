/**
 * The commit record. Commits flow from their writers through the {@link
 * org.realize.store.journal.CommitQueue} into the {@link org.realize.store.journal.Journal}, become
 * visible in the {@link org.realize.store.journal.Overlay}, and are applied to Ignite's tables in
 * order. Nothing is visible that is not in the journal.
 */
@NullMarked
package org.realize.store.journal;

import org.jspecify.annotations.NullMarked;
