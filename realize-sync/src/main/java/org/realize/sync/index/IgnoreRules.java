package org.realize.sync.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RelativePath;

/**
 * The ignore patterns in force in one directory: those of its own {@value #FILE_NAME} before those
 * of the directories above it, in each file the last match before the earlier ones. What lies below
 * an ignored directory is ignored and cannot be included again. Immutable.
 *
 * <p>Rules say what to leave alone, not what to forget: the caller applies them only to paths that
 * have no entry. Patterns work on characters where git works on bytes, so {@code ?} takes one
 * {@code ä}.
 */
final class IgnoreRules {

  static final String FILE_NAME = ".realizeignore";

  /** Names that programs use for a moment: of FUSE, NFS, office programs, editors and browsers. */
  private static final List<String> TEMPORARY =
      List.of(
          ".fuse_hidden*",
          ".nfs*",
          ".~lock.*#",
          ".#*",
          ".*.sw?",
          "4913",
          ".goutputstream-*",
          "*.crdownload",
          "*.part");

  private final @Nullable IgnoreRules above;
  private final RelativePath directory;
  private final List<IgnorePattern> patterns;

  private IgnoreRules(
      @Nullable IgnoreRules above, RelativePath directory, List<IgnorePattern> patterns) {
    this.above = above;
    this.directory = directory;
    this.patterns = List.copyOf(patterns);
  }

  /**
   * Rules for an arena's root: those for temporary names, and stronger ones from the configuration.
   */
  static IgnoreRules ofArena(List<String> configured) {
    return of(Stream.concat(TEMPORARY.stream(), configured.stream()).toList());
  }

  /** Rules for the arena's root from these patterns: weaker than any file's. */
  static IgnoreRules of(List<String> patterns) {
    return new IgnoreRules(
        null,
        RelativePath.ROOT,
        patterns.stream().map(IgnorePattern::parse).flatMap(Optional::stream).toList());
  }

  /** These rules and those of the file with this {@code text} in {@code directory}. */
  IgnoreRules with(RelativePath directory, String text) {
    List<IgnorePattern> parsed = new ArrayList<>();
    String body = text.startsWith("\uFEFF") ? text.substring(1) : text;
    for (String line : body.split("\n", -1)) {
      IgnorePattern.parse(line).ifPresent(parsed::add);
    }
    return parsed.isEmpty() ? this : new IgnoreRules(this, directory, parsed);
  }

  /**
   * True if the last pattern that matches {@code path} ignores it. Says nothing of the directories
   * above {@code path}; it lies below the directory whose rules these are.
   */
  boolean ignores(RelativePath path, boolean directory) {
    List<String> parts = path.parts();
    for (IgnoreRules file = this; file != null; file = file.above) {
      List<String> below = parts.subList(file.directory.parts().size(), parts.size());
      for (int i = file.patterns.size() - 1; i >= 0; i--) {
        IgnorePattern pattern = file.patterns.get(i);
        if (pattern.matches(below, directory)) {
          return !pattern.negated();
        }
      }
    }
    return false;
  }

  /** True if no pattern can match anything: spares the callers a look at each name. */
  boolean isEmpty() {
    return patterns.isEmpty() && (above == null || above.isEmpty());
  }
}
