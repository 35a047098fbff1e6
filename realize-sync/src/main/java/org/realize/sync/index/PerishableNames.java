package org.realize.sync.index;

import java.util.List;
import org.realize.sync.model.RelativePath;

/**
 * Names that go to the trash with the directory that holds them: what programs leave in every
 * directory, and nobody misses. Immutable.
 */
public final class PerishableNames {

  /** The names of file managers of other systems, and of some network storage. */
  public static final List<String> USUAL =
      List.of(".DS_Store", "Thumbs.db", "desktop.ini", "@eaDir/");

  private final IgnoreRules rules;

  /**
   * The names that match one of these.
   *
   * @param patterns in gitignore syntax
   */
  public PerishableNames(List<String> patterns) {
    rules = IgnoreRules.of(patterns);
  }

  /** True if a name matches, whatever is above it. */
  public boolean contains(RelativePath path, boolean isDirectory) {
    return rules.ignores(path, isDirectory);
  }
}
