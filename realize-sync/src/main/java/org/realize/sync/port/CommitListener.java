package org.realize.sync.port;

import java.util.List;
import java.util.Set;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RelativePath;

/** A listener of commits, called once a commit is visible to readers. Must return at once. */
@FunctionalInterface
public interface CommitListener {

  /**
   * A name of the visible tree that changed.
   *
   * @param before its inode before the commit, null if it was not visible
   * @param after its inode now, null if it is gone; equal to {@code before} when only attributes or
   *     bytes changed
   * @param isEdited the inode is the same and its content another: a file edited in place
   */
  record NameChange(
      Inode directory,
      String name,
      @org.jspecify.annotations.Nullable Inode before,
      @org.jspecify.annotations.Nullable Inode after,
      boolean isEdited) {}

  /**
   * The changes of one commit.
   *
   * @param headSeq the head of the arena's own feed
   * @param names names of the visible tree
   * @param paths paths whose state was put
   * @param marked paths whose mark was set or removed: what lies below them may have another one
   */
  record CommittedChanges(
      long headSeq, List<NameChange> names, Set<RelativePath> paths, Set<RelativePath> marked) {

    public CommittedChanges {
      names = List.copyOf(names);
      paths = Set.copyOf(paths);
      marked = Set.copyOf(marked);
    }

    /** True if nothing that listeners are called for has changed but, maybe, the head. */
    public boolean isEmpty() {
      return names.isEmpty() && paths.isEmpty() && marked.isEmpty();
    }
  }

  void committed(CommittedChanges changes);
}
