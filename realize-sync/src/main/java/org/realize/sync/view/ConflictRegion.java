package org.realize.sync.view;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.realize.sync.content.OpenFile;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.IsADirectory;
import org.realize.sync.model.RealizeException.NotADirectory;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.port.PathState;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.Judgement;

/**
 * The files and links that conflicts do not show: {@code
 * .realize/conflicts/ARENA/PATH/PEER-HASH8.EXT}, one for each alternative, named after the peer
 * that made it, read-only. Nothing of it is stored: a name gets a transient inode when it is first
 * seen. Cost of each call: the number of conflicts.
 */
final class ConflictRegion implements Region {

  private static final String CONFLICTS = "conflicts";
  private static final int DIRECTORY_MODE = 0555;
  private static final int FILE_MODE = 0444;
  private static final int LINK_MODE = 0777;
  private static final long DIRECTORY_BYTES = 4096;

  private static final ConflictEntry DIRECTORY = new ConflictEntry(null);

  /** A version that its path does not show. */
  private record Alternative(ArenaView arena, PathState state, Content content) {

    Content.File file(String action) throws Invalid {
      if (content instanceof Content.File file) {
        return file;
      }
      throw new Invalid(action + " in the conflicts: it is a link");
    }
  }

  /** A name in a directory of the region; null for another directory. */
  private record ConflictEntry(@Nullable Alternative file) {}

  private final Supplier<? extends Collection<ArenaView>> arenas;
  private final HouseholdView.StoreNaming names;
  private final FileTime born;

  /** Paths below {@code .realize} that were seen; guarded by this. */
  private final Map<String, Inode> inodes = new HashMap<>();

  /** The same by inode; guarded by this. */
  private final List<String> paths = new ArrayList<>();

  /**
   * The conflicts of all arenas that are shown now.
   *
   * @param born the mtime of the directories
   */
  ConflictRegion(
      Supplier<? extends Collection<ArenaView>> arenas,
      HouseholdView.StoreNaming names,
      FileTime born) {
    this.arenas = arenas;
    this.names = names;
    this.born = born;
    inode("");
  }

  /** The directory {@code .realize}. */
  Attributes top() {
    return directory(inode(""));
  }

  private synchronized Inode inode(String path) {
    return inodes.computeIfAbsent(
        path,
        added -> {
          paths.add(added);
          return new Inode(Inode.FIRST_TRANSIENT + paths.size() - 1);
        });
  }

  private synchronized String path(Inode inode) throws NotFound {
    long index = inode.value() - Inode.FIRST_TRANSIENT;
    if (index >= paths.size()) {
      throw new NotFound("no " + inode);
    }
    return paths.get((int) index);
  }

  private static String above(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }

  private static String below(String directory, String name) {
    return directory.isEmpty() ? name : directory + "/" + name;
  }

  // ---- what is there

  /** All names in the directory at {@code path}, with what is behind those that are files. */
  private SortedMap<String, ConflictEntry> children(String path) throws RealizeException {
    SortedMap<String, ConflictEntry> children = new TreeMap<>();
    if (path.isEmpty()) {
      children.put(CONFLICTS, DIRECTORY);
      return children;
    }
    String prefix = path + "/";
    for (ArenaView arena : arenas.get()) {
      String base = below(CONFLICTS, arena.name().value()) + "/";
      if (!base.startsWith(prefix) && !prefix.startsWith(base)) {
        continue;
      }
      for (RelativePath conflict : arena.store().read(r -> r.conflicts(Integer.MAX_VALUE))) {
        String whole = base + conflict;
        if (whole.startsWith(prefix)) {
          String rest = whole.substring(prefix.length());
          int end = rest.indexOf('/');
          children.putIfAbsent(end < 0 ? rest : rest.substring(0, end), DIRECTORY);
        } else if (whole.equals(path)) {
          addFiles(arena, conflict, children);
        }
      }
    }
    return children;
  }

  private void addFiles(ArenaView arena, RelativePath path, Map<String, ConflictEntry> children)
      throws RealizeException {
    Optional<PathState> state = arena.store().read(reader -> reader.path(path));
    for (Version version : state.map(Judgement::alternatives).orElse(List.of())) {
      Optional<ContentHash> hash = hash(version.content());
      if (hash.isPresent()) {
        StoreId maker = ConflictRules.maker(version).orElse(null);
        String name =
            (maker == null ? "" : names.of(maker) + "-")
                + hash.get().hex8()
                + ConflictRules.extension(path.name());
        children.put(
            name,
            new ConflictEntry(new Alternative(arena, state.orElseThrow(), version.content())));
      }
    }
  }

  /** The hash of the bytes of a file or of the text of a link. */
  private static Optional<ContentHash> hash(Content content) {
    return switch (content) {
      case Content.File file -> Optional.of(file.hash());
      case Content.Link link -> Optional.of(TreeHasher.hash(text(link)));
      case Content.Directory _, Content.Absent _ -> Optional.empty();
    };
  }

  private static byte[] text(Content.Link link) {
    return link.target().getBytes(StandardCharsets.UTF_8);
  }

  /** What is behind a file; null for a directory. */
  private @Nullable Alternative find(Inode inode) throws RealizeException {
    String path = path(inode);
    if (path.isEmpty()) {
      return null;
    }
    ConflictEntry found = children(above(path)).get(path.substring(path.lastIndexOf('/') + 1));
    if (found == null) {
      throw new NotFound("no " + inode + " in the conflicts");
    }
    return found.file();
  }

  private Attributes attributes(Inode inode, @Nullable Alternative file) {
    if (file == null) {
      return directory(inode);
    }
    return switch (file.content()) {
      case Content.File content -> {
        FileTime mtime = ConflictRules.metadata(file.state(), content).mtime();
        yield new Attributes(inode, FileKind.FILE, FILE_MODE, content.sizeBytes(), 1, mtime);
      }
      case Content.Link link -> {
        FileTime mtime = file.state().metadata().mtime();
        yield new Attributes(inode, FileKind.LINK, LINK_MODE, text(link).length, 1, mtime);
      }
      case Content.Directory _, Content.Absent _ -> directory(inode);
    };
  }

  private Attributes directory(Inode inode) {
    return new Attributes(inode, FileKind.DIRECTORY, DIRECTORY_MODE, DIRECTORY_BYTES, 2, born);
  }

  // ---- the region

  @Override
  public Attributes lookup(Inode directory, String name) throws RealizeException {
    String path = path(directory);
    ConflictEntry found = children(path).get(name);
    if (found == null) {
      throw new NotFound("no '" + name + "' in the conflicts");
    }
    return attributes(inode(below(path, name)), found.file());
  }

  @Override
  public Attributes attributes(Inode inode) throws RealizeException {
    return attributes(inode, find(inode));
  }

  @Override
  public Inode parent(Inode inode) throws RealizeException {
    String path = path(inode);
    return path.isEmpty() ? Inode.ROOT : inode(above(path));
  }

  @Override
  public String readLink(Inode inode) throws RealizeException {
    Alternative found = find(inode);
    if (found != null && found.content() instanceof Content.Link(String target)) {
      return target;
    }
    throw new Invalid("read link " + inode + " in the conflicts: it is none");
  }

  @Override
  public List<DirectoryEntry> list(Inode directory, long cursor, int maxEntries)
      throws RealizeException {
    if (find(directory) != null) {
      throw new NotADirectory("list " + directory + " in the conflicts");
    }
    String path = path(directory);
    List<DirectoryEntry> entries = new ArrayList<>();
    for (Map.Entry<String, ConflictEntry> child : children(path).entrySet()) {
      Inode inode = inode(below(path, child.getKey()));
      if (inode.value() > cursor) {
        entries.add(
            new DirectoryEntry(
                inode.value(), child.getKey(), attributes(inode, child.getValue().file())));
      }
    }
    entries.sort(Comparator.comparingLong(DirectoryEntry::cursor));
    return entries.subList(0, Math.min(maxEntries, entries.size()));
  }

  @Override
  public OpenFile open(Inode inode) throws RealizeException {
    Alternative file = find(inode);
    if (file == null) {
      throw new IsADirectory("open " + inode + " in the conflicts");
    }
    return file.arena().openAlternative(file.state(), file.file("open " + inode));
  }

  @Override
  public Optional<byte[]> attribute(Inode inode, String name) {
    return Optional.empty();
  }
}
