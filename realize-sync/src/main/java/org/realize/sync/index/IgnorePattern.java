package org.realize.sync.index;

import java.util.List;
import java.util.Optional;

/**
 * One line of a {@code .realizeignore} file, in gitignore syntax.
 *
 * @param negated a match includes again what an earlier pattern ignored
 * @param directoriesOnly the line ended in a slash
 * @param anchored matched against the whole path below the file's directory, not the name alone
 */
record IgnorePattern(boolean negated, boolean directoriesOnly, boolean anchored, List<Glob> parts) {

  IgnorePattern {
    parts = List.copyOf(parts);
  }

  /** Empty for blank lines, comments, and patterns that can never match. */
  static Optional<IgnorePattern> parse(String line) {
    String text = withoutTrailingSpaces(line.endsWith("\r") ? chop(line) : line);
    if (text.isEmpty() || text.startsWith("#")) {
      return Optional.empty();
    }
    boolean negated = text.startsWith("!");
    if (negated) {
      text = text.substring(1);
    }
    boolean directoriesOnly = text.endsWith("/");
    if (directoriesOnly) {
      text = chop(text);
    }
    boolean anchored = text.indexOf('/') >= 0;
    if (text.startsWith("/")) {
      text = text.substring(1);
    }
    if (text.isEmpty()) {
      return Optional.empty();
    }
    return Glob.parse(text)
        .map(parts -> new IgnorePattern(negated, directoriesOnly, anchored, parts));
  }

  private static String chop(String text) {
    return text.substring(0, text.length() - 1);
  }

  /** Spaces at the end do not count unless a backslash stands before them. */
  private static String withoutTrailingSpaces(String line) {
    int end = 0;
    for (int i = 0; i < line.length(); i++) {
      if (line.charAt(i) == '\\') {
        i++;
        end = Math.min(i + 1, line.length());
      } else if (line.charAt(i) != ' ') {
        end = i + 1;
      }
    }
    return line.substring(0, end);
  }

  /**
   * @param path the parts below the directory of the file that holds this pattern, at least one
   */
  boolean matches(List<String> path, boolean directory) {
    if (directoriesOnly && !directory) {
      return false;
    }
    if (!anchored) {
      return parts.size() == 1 && parts.getFirst().matches(path.getLast());
    }
    return matches(path);
  }

  /** As within one part: on a mismatch only the last {@code **} takes one more directory. */
  private boolean matches(List<String> path) {
    int at = 0;
    int part = 0;
    int afterSpan = -1;
    int spanAt = 0;
    while (at < path.size()) {
      if (part < parts.size() && parts.get(part).spansDirectories()) {
        if (part == parts.size() - 1) {
          return true;
        }
        afterSpan = ++part;
        spanAt = at;
      } else if (part < parts.size() && parts.get(part).matches(path.get(at))) {
        part++;
        at++;
      } else if (afterSpan >= 0) {
        part = afterSpan;
        at = ++spanAt;
      } else {
        return false;
      }
    }
    return part == parts.size();
  }
}
