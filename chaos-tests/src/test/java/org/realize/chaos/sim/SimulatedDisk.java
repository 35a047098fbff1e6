package org.realize.chaos.sim;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.UserFiles;

/**
 * The files below a peer's root: a {@link MemoryDisk}, which the real index looks at, and beside it
 * the content of each name, which the oracle looks at. What users and the engine do is durable at
 * once; what moves do only once it is forced, and until then a power cut may undo it, the last
 * first.
 */
final class SimulatedDisk {

  /** The object that a user sees at one name. */
  record Item(Content content, FileStat stat) {}

  /** An effect of a move that is not durable yet. */
  private sealed interface Unforced {
    RelativePath path();
  }

  private record Published(RelativePath path) implements Unforced {}

  private record PutAside(RelativePath path) implements Unforced {}

  private record Unlinked(RelativePath path, Item item) implements Unforced {}

  /** Below the directory that is never shared, as what is being given up is in the product. */
  private static final String ASIDE = ".realize/aside ";

  private static final RelativePath IDENTITY = RelativePath.of(".realize/id");

  private final Contents bytes;
  private final MemoryDisk disk;
  private final UserFiles user;

  private final NavigableMap<RelativePath, Content> contents = new TreeMap<>();

  /** What moves have collected of files that are to be at these paths. */
  private final Map<RelativePath, Content> partials = new HashMap<>();

  /** What is being given up, by the path that it was at. */
  private final Map<RelativePath, Content> aside = new TreeMap<>();

  private final List<Unforced> unforced = new ArrayList<>();

  SimulatedDisk(Contents bytes, TimeSource time) {
    this.bytes = bytes;
    disk = new MemoryDisk(time);
    user = disk.user();
    done(() -> user.createDirectory(".realize"));
  }

  /** A copy with files of its own, all of it durable. */
  SimulatedDisk(SimulatedDisk other, TimeSource time) {
    this(other.bytes, time);
    other.contents.forEach((path, content) -> {
      FileStat stat = other.at(path).orElseThrow().stat();
      put(path, content, stat.mode(), stat.mtime());
    });
    other.aside.forEach((path, content) -> {
      make(aside(path), content);
      aside.put(path, content);
    });
    partials.putAll(other.partials);
    other.identity().ifPresent(id -> done(() -> user.write(IDENTITY.toString(), id)));
  }

  /** The file by which the index knows the root. */
  private Optional<byte[]> identity() {
    try (DiskFile file = disk.open(IDENTITY, OpenMode.READ)) {
      ByteBuffer read = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(read, 0);
      return Optional.of(read.array());
    } catch (IOException none) {
      return Optional.empty();
    }
  }

  /** The files as the product sees them. */
  Disk files() {
    return disk;
  }

  /** The content of every name. */
  Map<RelativePath, Content> contents() {
    return contents;
  }

  Optional<Item> at(RelativePath path) {
    Content content = contents.get(path);
    return content == null ? Optional.empty() : Optional.of(new Item(content, stat(path)));
  }

  private FileStat stat(RelativePath path) {
    try {
      return disk.stat(path).orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Content contentAt(RelativePath path) {
    return contents.getOrDefault(path, new Content.Absent());
  }

  boolean isDirectory(RelativePath path) {
    return path.isRoot() || contentAt(path) instanceof Content.Directory;
  }

  boolean hasParent(RelativePath path) {
    return isDirectory(path.parent().orElse(RelativePath.ROOT));
  }

  /** Puts a new file in the place of what is there, as a save does; a directory stays one. */
  void put(RelativePath path, Content content, int mode, FileTime mtime) {
    place(path, content, mode, mtime);
    force(path);
  }

  private void place(RelativePath path, Content content, int mode, FileTime mtime) {
    boolean stays = isDirectory(path) && content instanceof Content.Directory;
    if (!stays) {
      if (contents.containsKey(path)) {
        done(() -> user.delete(path.toString()));
      }
      make(path, content);
    }
    contents.put(path, content);
    if (!(content instanceof Content.Link)) {
      change(path, mode, mtime);
    }
  }

  /** Gives the file at the path another mode and time. */
  void change(RelativePath path, int mode, FileTime mtime) {
    done(() -> {
      user.mode(path.toString(), mode);
      user.mtime(path.toString(), mtime);
    });
  }

  private void make(RelativePath path, Content content) {
    done(() -> {
      switch (content) {
        case Content.Directory() -> user.createDirectory(path.toString());
        case Content.Link link -> user.symbolicLink(path.toString(), link.target());
        case Content.File file -> user.write(path.toString(), bytes.bytes(file));
        case Content.Absent() -> throw new IllegalArgumentException("nothing to make");
      }
    });
  }

  void remove(RelativePath path) {
    if (contents.remove(path) != null) {
      done(() -> user.delete(path.toString()));
    }
    force(path);
  }

  /** Renames what is there, with all below it, to where nothing is. */
  void rename(RelativePath from, RelativePath to) {
    for (RelativePath path : subtree(from)) {
      contents.put(moved(path, from, to), taken(contents, path));
      force(path);
    }
    done(() -> user.rename(from.toString(), to.toString()));
  }

  static RelativePath moved(RelativePath path, RelativePath from, RelativePath to) {
    return RelativePath.of(to + path.toString().substring(from.toString().length()));
  }

  /** {@code path} and all below it, parents first. */
  List<RelativePath> subtree(RelativePath path) {
    return new ArrayList<>(contents.keySet().stream().filter(path::contains).toList());
  }

  /** An effect on the files. */
  private interface Effect {
    void happen() throws IOException;
  }

  private static void done(Effect effect) {
    try {
      effect.happen();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
  void publish(RelativePath path, Content content, int mode, FileTime mtime) {
    partials.remove(path);
    place(path, content, mode, mtime);
    unforced.add(new Published(path));
  }

  private static Content taken(Map<RelativePath, Content> from, RelativePath path) {
    return Objects.requireNonNull(from.remove(path), "nothing is there");
  }

  private static RelativePath aside(RelativePath path) {
    return RelativePath.of(ASIDE + path.toString().replace('/', ' '));
  }

  Optional<Item> asideOf(RelativePath path) {
    Content content = aside.get(path);
    return content == null ? Optional.empty() : Optional.of(new Item(content, stat(aside(path))));
  }

  void putAside(RelativePath path) {
    aside.put(path, taken(contents, path));
    done(() -> user.rename(path.toString(), aside(path).toString()));
    unforced.add(new PutAside(path));
  }

  /** False where something has the name: then it stays aside. */
  boolean putBack(RelativePath path) {
    if (contents.containsKey(path) || !hasParent(path)) {
      return false;
    }
    contents.put(path, taken(aside, path));
    done(() -> user.rename(aside(path).toString(), path.toString()));
    force(path);
    return true;
  }

  /** As the process does at its start: what was put aside is put back where its name is free. */
  void putBackAll() {
    List.copyOf(aside.keySet()).forEach(this::putBack);
  }

  void unlinkAside(RelativePath path) {
    unforced.add(new Unlinked(path, asideOf(path).orElseThrow()));
    aside.remove(path);
    done(() -> user.delete(aside(path).toString()));
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
        case Published(RelativePath path) -> {
          partials.put(path, contentAt(path));
          remove(path);
        }
        case PutAside(RelativePath path) -> putBack(path);
        case Unlinked(RelativePath path, Item item) -> {
          if (aside.putIfAbsent(path, item.content()) == null) {
            make(aside(path), item.content());
            change(aside(path), item.stat().mode(), item.stat().mtime());
          }
        }
      }
    }
    unforced.clear();
  }

  /** True if the bytes are here for the path, and will be after a power cut. */
  boolean holdsForSure(RelativePath path, Content content) {
    boolean isAside = content.equals(aside.get(path));
    return isAside || (contentAt(path).equals(content) && !unforced.contains(new Published(path)));
  }
}
