package org.realize.sync.real;

import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.Availability;

/**
 * Names of one arena that show files of which no bytes are known, neither here under the name nor
 * with a peer: a real file of equal content may have the last ones. Filled as paths are planned;
 * beyond {@value #MAX_NAMES} names the oldest are dropped. A name is a hint: its state says whether
 * it still shows that content. Thread-safe.
 */
public final class NeededContents {

  private static final int MAX_NAMES = 128 << 10;

  /** The content that each name shows, the oldest first; guarded by this. */
  private final Map<RelativePath, ContentHash> needed = new LinkedHashMap<>();

  /** The names of each content; guarded by this. */
  private final Map<ContentHash, Set<RelativePath>> names = new HashMap<>();

  /** True if what a path shows is neither its own real file nor with a peer. */
  public static boolean needsBytes(PathState state) {
    return state.shown().content() instanceof Content.File file
        && !state.isReal(file)
        && Availability.holders(state, file).isEmpty();
  }

  /**
   * Notes the state of a path.
   *
   * @param isCached the path refers to a whole blob of what it shows
   */
  public synchronized void note(PathState state, boolean isCached) {
    forget(state.path());
    if (!isCached
        && needsBytes(state)
        && state.shown().content() instanceof Content.File(ContentHash hash, _)) {
      needed.put(state.path(), hash);
      names.computeIfAbsent(hash, _ -> new LinkedHashSet<>()).add(state.path());
      if (needed.size() > MAX_NAMES) {
        Iterator<RelativePath> oldest = needed.keySet().iterator();
        forget(oldest.next());
      }
    }
  }

  private void forget(RelativePath path) {
    ContentHash hash = needed.remove(path);
    Set<RelativePath> same = hash == null ? null : names.get(hash);
    if (hash != null && same != null && same.remove(path) && same.isEmpty()) {
      names.remove(hash);
    }
  }

  /** The names that may need a content. */
  public synchronized List<RelativePath> of(ContentHash hash) {
    return List.copyOf(names.getOrDefault(hash, Set.of()));
  }
}
