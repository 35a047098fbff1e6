package org.realize.nima.config;

import java.util.Optional;

/**
 * Bounds of an arena's cache.
 *
 * @param max the most that it may hold
 * @param leave what it must leave free on its file system
 */
public record CacheSettings(Optional<CacheLimit> max, Optional<CacheLimit> leave) {

  /** No bound. */
  public static final CacheSettings NONE = new CacheSettings(Optional.empty(), Optional.empty());
}
