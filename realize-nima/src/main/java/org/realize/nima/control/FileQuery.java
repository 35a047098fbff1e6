package org.realize.nima.control;

import org.jspecify.annotations.Nullable;

/**
 * A question about the names in a directory.
 *
 * @param after the last name of the page before; null for the first page
 * @param max entries at most, 1 to {@link FilePage#MAX_ENTRIES}
 */
public record FileQuery(ArenaPath directory, @Nullable String after, int max)
    implements ControlRequest {

  public FileQuery {
    if (max < 1 || max > FilePage.MAX_ENTRIES) {
      throw new IllegalArgumentException("max is 1 to " + FilePage.MAX_ENTRIES + ", not " + max);
    }
  }
}
