package org.realize.sync.feed;

import java.util.List;
import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.GuardRules;

/**
 * The search for the files that one author added to an arena within the day, under names where no
 * file was, and that nobody has changed since. It looks at every path of the arena once, in pages;
 * it belongs outside of writes.
 */
final class AddedFiles {

  private static final int PAGE = 5_000;

  private final Set<StoreId> author;
  private final Set<ContentHash> moved;
  private final long sinceMillis;

  /**
   * The search.
   *
   * @param moved contents that were there before, under other names
   * @param sinceMillis the time since which the files were made
   */
  AddedFiles(StoreId author, Set<ContentHash> moved, long sinceMillis) {
    this.author = author.all();
    this.moved = Set.copyOf(moved);
    this.sinceMillis = sinceMillis;
  }

  /** The number of them that {@code arena} shows. */
  long count(ArenaStore arena) throws RealizeException {
    long count = 0;
    RelativePath after = RelativePath.ROOT;
    while (true) {
      RelativePath from = after;
      List<PathState> page = arena.read(reader -> reader.paths(from, PAGE));
      count += page.stream().filter(state -> isAdded(state.shown())).count();
      if (page.size() < PAGE) {
        return count;
      }
      after = page.getLast().path();
    }
  }

  private boolean isAdded(Version shown) {
    return shown.content() instanceof Content.File file
        && !moved.contains(file.hash())
        && GuardRules.isNewName(shown, author, sinceMillis);
  }
}
