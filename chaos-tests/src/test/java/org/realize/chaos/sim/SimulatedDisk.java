package org.realize.chaos.sim;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskUsage;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.TimeSource;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.UserFiles;

/**
 * The files below a peer's root: a {@link MemoryDisk}, on which the product works, as the oracle
 * and users see it. What users and the engine do is durable at once; what moves bring and what the
 * product does, only once it is forced.
 */
final class SimulatedDisk {

  /** The object that a user sees at one name. */
  record Item(Content content, FileStat stat) {}

  private static final RelativePath IDENTITY = RelativePath.of(".realize/id");

  /** What moves have collected, below the directory that is never shared. */
  private static final String PARTIAL = ".realize/moved";

  private final Contents bytes;
  private final MemoryDisk disk;
  private final UserFiles user;

  /** What is on the disk while it is unplugged, and an empty directory is in its place. */
  private @Nullable Map<RelativePath, Item> unplugged;

  private boolean isFull;

  /** What was read last at a name, and under which stat. */
  private final Map<RelativePath, Item> read = new HashMap<>();

  /** Files that moves have put to their names and that are not durable there yet. */
  private final Set<RelativePath> published = new HashSet<>();

  SimulatedDisk(Contents bytes, TimeSource time) {
    this.bytes = bytes;
    disk = new MemoryDisk(time);
    user = disk.user();
    done(() -> {
      user.createDirectory(".realize");
      user.createDirectory(PARTIAL);
    });
  }

  /** A copy with files of its own, all of it durable. */
  SimulatedDisk(SimulatedDisk other, TimeSource time) {
    this(other, time, _ -> true);
    takeIdentity(other);
  }

  /** A copy of some files, and of the directories above them; the index does not know it. */
  SimulatedDisk(SimulatedDisk other, TimeSource time, Predicate<RelativePath> wanted) {
    this(other.bytes, time);
    other
        .contents()
        .forEach((path, content) -> {
          if (hasParent(path) && wanted.test(path)) {
            FileStat stat = other.at(path).orElseThrow().stat();
            put(path, content, stat.mode(), stat.mtime());
          }
        });
  }

  /** Gives the disk the file by which the index knows {@code other}. */
  void takeIdentity(SimulatedDisk other) {
    other
        .identity()
        .ifPresent(id -> done(() -> user.write(IDENTITY.toString(), id.getBytes(UTF_8))));
  }

  /** The file by which the index knows the root. */
  Optional<String> identity() {
    try (DiskFile file = disk.open(IDENTITY, OpenMode.READ)) {
      ByteBuffer all = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(all, 0);
      return Optional.of(new String(all.array(), UTF_8));
    } catch (IOException none) {
      return Optional.empty();
    }
  }

  /** The files as the product sees them. */
  Disk files() {
    return disk;
  }

  /** The content of every name. */
  NavigableMap<RelativePath, Content> contents() {
    NavigableMap<RelativePath, Content> contents = new TreeMap<>();
    for (RelativePath path : bytes.names()) {
      at(path).ifPresent(item -> contents.put(path, item.content()));
    }
    return contents;
  }

  Optional<Item> at(RelativePath path) {
    if (unplugged != null) {
      return Optional.ofNullable(unplugged.get(path));
    }
    try {
      Optional<FileStat> stat = disk.stat(path);
      if (stat.isEmpty()) {
        return Optional.empty();
      }
      Item known = read.get(path);
      if (known == null || !known.stat().equals(stat.get())) {
        known = new Item(content(path, stat.get()), stat.get());
        read.put(path, known);
      }
      return Optional.of(known);
    } catch (FileSystemException noDirectory) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Content content(RelativePath path, FileStat stat) throws IOException {
    return switch (stat.kind()) {
      case FILE -> bytes.file(user.read(path.toString()));
      case DIRECTORY -> new Content.Directory();
      case LINK -> new Content.Link(disk.readLink(path));
      case OTHER -> throw new IllegalStateException("nobody makes that");
    };
  }

  Content contentAt(RelativePath path) {
    return at(path).map(Item::content).orElseGet(Content.Absent::new);
  }

  /** True if the bytes lie in the trash. */
  boolean hasInTrash(Content.File file) {
    try {
      return unplugged == null && hasBelow(RelativePath.of(".realize/trash"), file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean hasBelow(RelativePath directory, Content.File file) throws IOException {
    if (disk.stat(directory).isEmpty()) {
      return false;
    }
    for (Disk.Entry entry : disk.entries(directory).entries()) {
      RelativePath path = directory.child(entry.name());
      boolean isIt =
          switch (entry.stat().kind()) {
            case DIRECTORY -> hasBelow(path, file);
            case FILE -> Arrays.equals(user.read(path.toString()), bytes.bytes(file));
            case LINK, OTHER -> false;
          };
      if (isIt) {
        return true;
      }
    }
    return false;
  }

  /** True if something lies where files are that programs write to before they are here. */
  boolean hasBranches() {
    RelativePath branches = RelativePath.of(".realize/branch");
    try {
      return unplugged == null
          && disk.stat(branches).isPresent()
          && !disk.list(branches).names().isEmpty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isDirectory(RelativePath path) {
    return path.isRoot() || contentAt(path) instanceof Content.Directory;
  }

  boolean hasParent(RelativePath path) {
    return isDirectory(path.parent().orElse(RelativePath.ROOT));
  }

  /** Puts a new file in the place of what is there, as a save does; a directory stays one. */
  void put(RelativePath path, Content content, int mode, FileTime mtime) {
    boolean stays = isDirectory(path) && content instanceof Content.Directory;
    done(() -> {
      if (!stays) {
        if (at(path).isPresent()) {
          user.delete(path.toString());
        }
        make(path, content);
      }
      if (!(content instanceof Content.Link)) {
        user.mode(path.toString(), mode);
        user.mtime(path.toString(), mtime);
      }
    });
  }

  /** Gives the file at the path another mode and time. */
  void change(RelativePath path, int mode, FileTime mtime) {
    done(() -> {
      user.mode(path.toString(), mode);
      user.mtime(path.toString(), mtime);
    });
  }

  private void make(RelativePath path, Content content) throws IOException {
    switch (content) {
      case Content.Directory() -> user.createDirectory(path.toString());
      case Content.Link link -> user.symbolicLink(path.toString(), link.target());
      case Content.File file -> user.write(path.toString(), bytes.bytes(file));
      case Content.Absent() -> throw new IllegalArgumentException("nothing to make");
    }
  }

  void remove(RelativePath path) {
    if (at(path).isPresent()) {
      done(() -> user.delete(path.toString()));
    }
  }

  /** Renames what is there, with all below it, to where nothing is. */
  void rename(RelativePath from, RelativePath to) {
    done(() -> user.rename(from.toString(), to.toString()));
  }

  static RelativePath moved(RelativePath path, RelativePath from, RelativePath to) {
    return RelativePath.of(to + path.toString().substring(from.toString().length()));
  }

  /** {@code path} and all below it, parents first. */
  List<RelativePath> subtree(RelativePath path) {
    return new ArrayList<>(contents().keySet().stream().filter(path::contains).toList());
  }

  /** An effect on the files. */
  private interface Effect {
    void happen() throws IOException;
  }

  /** Makes something durable, and all that was done before. */
  private void done(Effect effect) {
    try {
      effect.happen();
      disk.forceAll();
      published.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- what happens to the disk

  /** Takes the disk out, all of it durable; an empty directory is in its place. */
  void unplug() {
    if (unplugged == null) {
      Map<RelativePath, Item> all = new HashMap<>();
      contents().keySet().forEach(path -> all.put(path, at(path).orElseThrow()));
      done(() -> disk.mount("", disk.volume(2, MemoryDisk.EXT4)));
      unplugged = all;
    }
  }

  /** Puts the disk back, if it is out. */
  void plug() {
    if (unplugged != null) {
      done(() -> disk.unmount(""));
      unplugged = null;
    }
  }

  boolean isUnplugged() {
    return unplugged != null;
  }

  /** Leaves room for so many bytes. */
  void fill(long spareBytes) {
    done(() -> {
      DiskUsage usage = disk.usage(RelativePath.ROOT);
      disk.capacity(usage.totalBytes() - usage.availableBytes() + spareBytes);
    });
    isFull = true;
  }

  /** Other files than the arena's leave the disk. */
  void makeRoom() {
    disk.capacity(1L << 40);
    isFull = false;
  }

  /** True if a user who writes a file finds no room. */
  boolean isFull() {
    return isFull;
  }

  // ---- what moves do

  private static RelativePath partialOf(RelativePath path) {
    return RelativePath.of(PARTIAL + "/" + path.toString().replace('/', ' '));
  }

  /** What was collected for a path; absent if nothing. */
  Content partial(RelativePath path) {
    return contentAt(partialOf(path));
  }

  void collect(RelativePath path, Content content) {
    done(() -> make(partialOf(path), content));
  }

  /** What was collected becomes the file at the path, where nothing is. */
  void publish(RelativePath path, int mode, FileTime mtime) {
    change(partialOf(path), mode, mtime);
    try {
      user.rename(partialOf(path).toString(), path.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    published.add(path);
  }

  /** The process on it has ended, and with it its open files. */
  void kill() {
    disk.kill();
  }

  /** Makes durable what moves did. */
  void force() {
    done(() -> {});
  }

  /** Undoes some of what is not durable. */
  void powerCut(Random random) {
    disk.powerCut(random);
    read.clear();
    published.clear();
  }

  /** True if the bytes are here for the path, and will be after a power cut. */
  boolean holdsForSure(RelativePath path, Content content) {
    return contentAt(path).equals(content) && !published.contains(path);
  }
}
