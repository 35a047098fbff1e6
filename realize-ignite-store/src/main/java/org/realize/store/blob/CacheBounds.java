package org.realize.store.blob;

import org.realize.sync.model.Mark;
import org.realize.sync.rules.CacheLimits;

/**
 * The bounds of an arena's cache.
 *
 * @param arenaMark the mark of paths that have none of their own or above them
 */
public record CacheBounds(CacheLimits limits, Mark arenaMark) {

  /** No limit but the disk's own. */
  public static final CacheBounds NONE = new CacheBounds(CacheLimits.NONE, Mark.WATCH);
}
