package org.realize.sync.view;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.FileTime;

/**
 * The times of a file.
 *
 * @param accessed atime
 * @param modified mtime, of the content
 * @param changed ctime, of content or attributes
 * @param born birth time; null when it is not known
 */
public record FileTimes(
    FileTime accessed, FileTime modified, FileTime changed, @Nullable FileTime born) {

  /** The times of a file of which only {@code modified} is known. */
  public static FileTimes of(FileTime modified) {
    return new FileTimes(modified, modified, modified, null);
  }
}
