package org.realize.sync.feed;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;

/**
 * Contents that lately came to some path, and contents that lately left one: a content that does
 * both was renamed, whichever half was heard first. Bounded, and empty after a start: what it has
 * forgotten is counted as a loss, which at worst asks the user once too often. Used only inside the
 * arena's writes.
 */
final class RecentMoves {

  static final int REMEMBERED = 1 << 16;

  private final Map<ContentHash, RelativePath> came = new Newest();
  private final Map<ContentHash, RelativePath> left = new Newest();

  void came(ContentHash hash, RelativePath path) {
    came.put(hash, path);
  }

  /** The path that {@code hash} came to last. */
  @Nullable RelativePath whereabouts(ContentHash hash) {
    return came.get(hash);
  }

  void left(ContentHash hash, RelativePath path) {
    left.put(hash, path);
  }

  /** The path that {@code hash} had left, once. */
  @Nullable RelativePath cameBack(ContentHash hash) {
    return left.remove(hash);
  }

  /** The newest {@value #REMEMBERED} entries. */
  private static final class Newest extends LinkedHashMap<ContentHash, RelativePath> {
    private static final long serialVersionUID = 1L;

    @Override
    protected boolean removeEldestEntry(Map.Entry<ContentHash, RelativePath> eldest) {
      return size() > REMEMBERED;
    }
  }
}
