package org.realize.sync.port;

import java.util.List;
import org.realize.sync.model.Inode;

/** A listener of commits, called once a commit is visible to readers. Must return at once. */
@FunctionalInterface
public interface CommitListener {

  /**
   * A name of the visible tree that changed.
   *
   * @param before its inode before the commit, null if it was not visible
   * @param after its inode now, null if it is gone; equal to {@code before} when only attributes
   *     changed
   */
  record NameChange(
      Inode directory,
      String name,
      @org.jspecify.annotations.Nullable Inode before,
      @org.jspecify.annotations.Nullable Inode after) {}

  void committed(long headSeq, List<NameChange> changes);
}
