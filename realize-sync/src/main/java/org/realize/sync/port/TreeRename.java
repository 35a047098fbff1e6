package org.realize.sync.port;

import java.util.Optional;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;

/**
 * A rename of a directory, with all that is in it, by a user of this peer.
 *
 * @param store the author of all versions that it makes
 * @param counter the author's, of all of them
 */
public record TreeRename(RelativePath from, RelativePath to, StoreId store, long counter) {

  public TreeRename {
    if (from.contains(to) || to.contains(from)) {
      throw new IllegalArgumentException("'" + from + "' to '" + to + "'");
    }
  }

  /** The new name of a path at or below the old one; empty if it would be too long. */
  public Optional<RelativePath> moved(RelativePath path) {
    return swapped(path, from, to);
  }

  /** The old name of a path at or below the new one; empty if there can be none. */
  public Optional<RelativePath> former(RelativePath path) {
    return swapped(path, to, from);
  }

  private static Optional<RelativePath> swapped(
      RelativePath path, RelativePath top, RelativePath other) {
    try {
      return Optional.of(
          RelativePath.of(other + path.toString().substring(top.toString().length())));
    } catch (IllegalArgumentException tooLong) {
      return Optional.empty();
    }
  }

  /** True if one of the names is, lies in or holds {@code path}. */
  public boolean touches(RelativePath path) {
    return from.contains(path) || to.contains(path) || path.contains(from) || path.contains(to);
  }
}
