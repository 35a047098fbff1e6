package org.realize.chaos.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/** The files below a peer's root, as contents. What stands in a directory needs the directory. */
final class SimulatedDisk {

  /** What stands at one name. */
  record Item(Content content, int mode, long mtimeNanos, long key, @Nullable RelativePath from) {

    FileStat stat() {
      FileStat.Kind kind =
          switch (content) {
            case Content.Directory() -> FileStat.Kind.DIRECTORY;
            case Content.Link _ -> FileStat.Kind.LINK;
            case Content.File _, Content.Absent() -> FileStat.Kind.FILE;
          };
      long size = content instanceof Content.File file ? file.sizeBytes() : 0;
      return new FileStat(kind, size, mode, mtimeNanos, mtimeNanos, key, 1, 1);
    }
  }

  private final NavigableMap<RelativePath, Item> items = new TreeMap<>();

  SimulatedDisk() {}

  SimulatedDisk(SimulatedDisk other) {
    items.putAll(other.items);
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
  }

  void remove(RelativePath path) {
    items.remove(path);
  }

  /** {@code path} and all below it, parents first. */
  List<RelativePath> subtree(RelativePath path) {
    return new ArrayList<>(items.keySet().stream().filter(path::contains).toList());
  }
}
