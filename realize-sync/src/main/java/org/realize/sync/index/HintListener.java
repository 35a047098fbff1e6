package org.realize.sync.index;

import java.util.Set;
import org.realize.sync.model.RelativePath;

/**
 * A listener of what a {@link RealWatcher} is hinted, before any of it is indexed. Called without a
 * lock, by the watcher's threads, which wait for it.
 */
public interface HintListener {

  /**
   * Something touched {@code names}.
   *
   * @param number above those of all earlier hints
   */
  void touched(Set<RelativePath> names, long number);

  /**
   * True if what is at {@code path} is what a call of a program through the mount has left there.
   */
  default boolean isOwn(RelativePath path) {
    return false;
  }

  /** Whatever was touched by a hint of this number or below is indexed. */
  void indexed(long number);
}
