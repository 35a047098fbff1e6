package org.realize.sync.view;

import org.jspecify.annotations.Nullable;

/**
 * A change of some attributes of one inode.
 *
 * @param mode the new twelve bits; null when they stay
 * @param owner the new owner; −1 in it stays
 * @param sizeBytes the new size of a regular file; null when it stays
 * @param dropsSetId true if the caller is no such superuser that set-id bits of a file may stay
 *     when its content changes: the set-user bit goes, the set-group bit where the group may
 *     execute the file
 */
public record AttributeChange(
    @Nullable Integer mode,
    FileOwner owner,
    @Nullable Long sizeBytes,
    TimeChange accessed,
    TimeChange modified,
    boolean dropsSetId) {

  /** The same without a new size. */
  AttributeChange withoutSize() {
    return new AttributeChange(mode, owner, null, accessed, modified, dropsSetId);
  }
}
