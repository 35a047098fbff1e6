package org.realize.sync.real;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.realize.sync.model.RelativePath;

/**
 * The names of a root that are being changed, each by one thread: single ones, and directories with
 * all that is below them. A name that another thread has is refused, never waited for. Thread-safe.
 */
final class NamesUnderWay {

  /** Guarded by this, as the next one. */
  private final Set<RelativePath> names = new HashSet<>();

  private final Set<RelativePath> trees = new HashSet<>();

  /**
   * Takes all of these names or none; those in {@code taken} are the caller's, which it adds to.
   */
  synchronized boolean reserve(Collection<RelativePath> wanted, Set<RelativePath> taken) {
    List<RelativePath> added = new ArrayList<>();
    for (RelativePath name : wanted) {
      if (isInTree(name) || !names.add(name)) {
        names.removeAll(added);
        taken.removeAll(added);
        return false;
      }
      added.add(name);
      taken.add(name);
    }
    return true;
  }

  synchronized void release(Set<RelativePath> taken) {
    names.removeAll(taken);
  }

  /** Takes these directories with all that is below them, or none. */
  synchronized boolean reserveTrees(Collection<RelativePath> tops) {
    for (RelativePath top : tops) {
      boolean isFree =
          !isInTree(top)
              && names.stream().noneMatch(top::contains)
              && trees.stream().noneMatch(top::contains);
      if (!isFree) {
        return false;
      }
    }
    return trees.addAll(tops);
  }

  synchronized void releaseTrees(Collection<RelativePath> tops) {
    trees.removeAll(tops);
  }

  private boolean isInTree(RelativePath name) {
    return !trees.isEmpty() && trees.stream().anyMatch(top -> top.contains(name));
  }
}
