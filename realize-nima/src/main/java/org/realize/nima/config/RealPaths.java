package org.realize.nima.config;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Comparison of configured paths by the directories that they lead to: a path may pass through
 * symbolic links, and need not exist.
 */
public final class RealPaths {

  private RealPaths() {}

  /** True if one of them is the other, or lies in it. */
  static boolean nested(Path one, Path other) {
    Path a = of(one);
    Path b = of(other);
    return a.startsWith(b) || b.startsWith(a);
  }

  /** {@code path} with the links of its existing part followed. */
  public static Path of(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException missing) {
      Path parent = path.getParent();
      return parent == null ? path : of(parent).resolve(path.getFileName());
    }
  }
}
