package org.realize.sync.feed;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.realize.sync.feed.Losses.Loss;
import org.realize.sync.feed.Losses.LostVersion;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.Listed;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.GuardRules;

/**
 * The search for losses that were none, since their file has, or had when its old name went,
 * another name in the arena. One search looks at every name of the arena once; it belongs outside
 * of writes.
 */
final class MovedContents {

  /** Names listed in one query. */
  private static final int PAGE = 10_000;

  private final ArenaReader reader;
  private final Collection<Loss> lost;
  private final Map<StoreId, Map<RelativePath, Loss>> byAuthor = new HashMap<>();

  private MovedContents(Collection<Loss> lost, ArenaReader reader) {
    this.reader = reader;
    this.lost = lost;
    lost.forEach(loss ->
        byAuthor.computeIfAbsent(loss.author(), _ -> new HashMap<>()).put(loss.path(), loss));
  }

  /**
   * Those of {@code lost} that were none: the arena shows the content at a path that is not among
   * them, or the author renamed the file and lost it later, under the new name.
   */
  static List<Loss> of(Collection<Loss> lost, ArenaReader reader) throws StorageFailed {
    MovedContents search = new MovedContents(lost, reader);
    Set<Loss> moved = new HashSet<>(search.shownElsewhere());
    moved.addAll(search.renamed());
    return List.copyOf(moved);
  }

  private List<Loss> shownElsewhere() throws StorageFailed {
    Map<ContentHash, List<Loss>> byHash = lost.stream().collect(Collectors.groupingBy(Loss::hash));
    Set<RelativePath> paths = lost.stream().map(Loss::path).collect(Collectors.toSet());
    List<Loss> shown = new ArrayList<>();
    Deque<Map.Entry<Inode, RelativePath>> open = new ArrayDeque<>();
    open.add(Map.entry(reader.root(), RelativePath.ROOT));
    while (!open.isEmpty()) {
      Map.Entry<Inode, RelativePath> directory = open.remove();
      long cursor = 0;
      List<Listed> listed;
      do {
        listed = reader.list(directory.getKey(), cursor, PAGE);
        for (Listed one : listed) {
          cursor = one.cursor();
          RelativePath path = directory.getValue().child(one.node().name());
          switch (one.node().content()) {
            case Content.Directory _ -> open.add(Map.entry(one.node().inode(), path));
            case Content.File file -> {
              if (byHash.containsKey(file.hash()) && !paths.contains(path)) {
                shown.addAll(byHash.remove(file.hash()));
              }
            }
            case Content.Link _, Content.Absent _ -> {}
          }
        }
      } while (!listed.isEmpty());
    }
    return shown;
  }

  /** The old names of files that were lost under a new one. */
  private List<Loss> renamed() throws StorageFailed {
    List<Loss> old = new ArrayList<>();
    for (StoreId author : byAuthor.keySet()) {
      Set<StoreId> ids = author.all();
      for (long row : rowsOfEqualContents(author)) {
        for (Map.Entry<Loss, LostVersion> one : Losses.lost(reader, row, byAuthor).entrySet()) {
          Loss origin = origin(one.getKey(), one.getValue().version());
          if (origin != null
              && origin.author().equals(author)
              && isRename(origin.path(), one.getKey().path(), one.getValue().version(), ids)) {
            old.add(origin);
          }
        }
      }
    }
    return old;
  }

  /** The rows of the log with losses of contents that the author lost at several paths. */
  private Set<Long> rowsOfEqualContents(StoreId author) {
    Map<ContentHash, List<Loss>> byHash =
        Objects.requireNonNull(byAuthor.get(author)).values().stream()
            .collect(Collectors.groupingBy(Loss::hash));
    return byHash.values().stream()
        .filter(equal -> equal.size() > 1)
        .flatMap(List::stream)
        .map(Loss::row)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The loss, by the same author, of the file that {@code version} says it was before. */
  private @Nullable Loss origin(Loss loss, Version version) {
    if (version.from() == null
        || !(version.content() instanceof Content.File file)
        || !file.hash().equals(loss.hash())) {
      return null;
    }
    Loss origin = byAuthor.getOrDefault(loss.author(), Map.of()).get(version.from());
    return origin != null && origin.hash().equals(loss.hash()) ? origin : null;
  }

  private boolean isRename(RelativePath from, RelativePath to, Version renamed, Set<StoreId> author)
      throws StorageFailed {
    PathState old = reader.path(from).orElse(null);
    PathState last = reader.path(to).orElse(null);
    return old != null && last != null && GuardRules.isRename(old, last, renamed, author);
  }
}
