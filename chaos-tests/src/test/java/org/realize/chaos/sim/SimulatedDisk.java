package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * The files below a peer's root, as contents. What stands in a directory needs the directory. What
 * users and the engine do is durable at once; what moves do only once it is forced, and until then
 * a power cut may undo it, the last first.
 */
final class SimulatedDisk {

  /** What stands at one name. */
  record Item(Content content, int mode, FileTime mtime, long key, @Nullable RelativePath from) {

    FileStat stat() {
      FileStat.Kind kind =
          switch (content) {
            case Content.Directory() -> FileStat.Kind.DIRECTORY;
            case Content.Link _ -> FileStat.Kind.LINK;
            case Content.File _, Content.Absent() -> FileStat.Kind.FILE;
          };
      long size = content instanceof Content.File file ? file.sizeBytes() : 0;
      return new FileStat(kind, size, mode, mtime, mtime.seconds(), key, 1, 1, 0, 1);
    }
  }

  /** Something that a move did and that is not durable yet. */
  private sealed interface Unforced {
    RelativePath path();
  }

  private record Published(RelativePath path) implements Unforced {}

  private record PutAside(RelativePath path) implements Unforced {}

  private record Unlinked(RelativePath path, Item item) implements Unforced {}

  private final NavigableMap<RelativePath, Item> items = new TreeMap<>();

  /** What moves have collected of files that are to be at these paths. */
  private final Map<RelativePath, Content> partials = new HashMap<>();

  /** What is being given up, by the path that it was at. */
  private final Map<RelativePath, Item> aside = new TreeMap<>();

  private final List<Unforced> unforced = new ArrayList<>();

  SimulatedDisk() {}

  /** A copy, all of it durable. */
  SimulatedDisk(SimulatedDisk other) {
    items.putAll(other.items);
    partials.putAll(other.partials);
    aside.putAll(other.aside);
  }

  Map<RelativePath, Item> items() {
    return items;
  }

  Optional<Item> at(RelativePath path) {
    return Optional.ofNullable(items.get(path));
  }

  Content contentAt(RelativePath path) {
    Item item = items.get(path);
    return item == null ? new Content.Absent() : item.content();
  }

  boolean isDirectory(RelativePath path) {
    return path.isRoot() || contentAt(path) instanceof Content.Directory;
  }

  boolean hasParent(RelativePath path) {
    return isDirectory(path.parent().orElse(RelativePath.ROOT));
  }

  void put(RelativePath path, Item item) {
    items.put(path, item);
    force(path);
  }

  void remove(RelativePath path) {
    items.remove(path);
    force(path);
  }

  /** {@code path} and all below it, parents first. */
  List<RelativePath> subtree(RelativePath path) {
    return new ArrayList<>(items.keySet().stream().filter(path::contains).toList());
  }

  // ---- what moves do

  /** What was collected for a path; absent if nothing. */
  Content partial(RelativePath path) {
    return partials.getOrDefault(path, new Content.Absent());
  }

  void collect(RelativePath path, Content content) {
    partials.put(path, content);
  }

  /** What was collected becomes the file at the path, where nothing is. */
  void publish(RelativePath path, Item item) {
    partials.remove(path);
    items.put(path, item);
    unforced.add(new Published(path));
  }

  private static Item taken(Map<RelativePath, Item> from, RelativePath path) {
    return Objects.requireNonNull(from.remove(path), "nothing is there");
  }

  Optional<Item> asideOf(RelativePath path) {
    return Optional.ofNullable(aside.get(path));
  }

  void putAside(RelativePath path) {
    aside.put(path, taken(items, path));
    unforced.add(new PutAside(path));
  }

  /** False where something has the name by now: then it stays aside. */
  boolean putBack(RelativePath path) {
    if (items.containsKey(path) || !hasParent(path)) {
      return false;
    }
    items.put(path, taken(aside, path));
    force(path);
    return true;
  }

  /** As the process does at its start: what was put aside goes back where its name is free. */
  void putBackAll() {
    List.copyOf(aside.keySet()).forEach(this::putBack);
  }

  void unlinkAside(RelativePath path) {
    unforced.add(new Unlinked(path, taken(aside, path)));
  }

  /** What moves did at the path is durable, but for what was unlinked. */
  void force(RelativePath path) {
    unforced.removeIf(done -> done.path().equals(path) && !(done instanceof Unlinked));
  }

  void forceAll() {
    unforced.clear();
  }

  /** Undoes some of what is not durable. */
  void powerCut(Random random) {
    if (unforced.isEmpty()) {
      return;
    }
    int kept = random.nextInt(unforced.size() + 1);
    for (Unforced done : List.copyOf(unforced.subList(kept, unforced.size())).reversed()) {
      switch (done) {
        case Published(RelativePath path) -> partials.put(path, taken(items, path).content());
        case PutAside(RelativePath path) -> putBack(path);
        case Unlinked(RelativePath path, Item item) -> aside.putIfAbsent(path, item);
      }
    }
    unforced.clear();
  }

  /** True if the bytes are here for the path, and will be after a power cut. */
  boolean holdsForSure(RelativePath path, Content content) {
    boolean isAside = aside.containsKey(path) && aside.get(path).content().equals(content);
    return isAside || (contentAt(path).equals(content) && !unforced.contains(new Published(path)));
  }
}
