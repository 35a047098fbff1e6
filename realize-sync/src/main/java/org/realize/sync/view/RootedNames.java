package org.realize.sync.view;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.realize.sync.arena.Arena;
import org.realize.sync.branch.Branch;
import org.realize.sync.branch.Branches;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.PeerDirectory;
import org.realize.sync.posix.Errno;
import org.realize.sync.real.ApplyProtocol;
import org.realize.sync.rules.Availability;

/**
 * The names of an arena with a root: a union of its disk and its store. A look-up costs one stat of
 * the disk, and rows of the store. Thread-safe.
 */
final class RootedNames {

  /** How often a name is looked at again because its state changed during the look. */
  private static final int MAX_LOOKS = 16;

  private static final int MAX_PARTS = RelativePath.MAX_PATH_BYTES / 2;
  private static final int PAGE_NAMES = 256;
  private static final String RESERVED = ".realize";

  /** The answer of one name. */
  sealed interface ShownEntry {

    RelativePath path();

    /** A name that shows nothing; {@code hidden} is on the disk and is not shown any more. */
    record NoEntry(RelativePath path, @Nullable FileStat hidden) implements ShownEntry {}

    /** An inode of the disk; a directory may be in the store too. */
    record OnDisk(RelativePath path, Inode inode, DiskNode disk) implements ShownEntry {
      boolean isDirectory() {
        return disk.kind() == FileKind.DIRECTORY;
      }
    }

    /** A file that a program has written to, and that is not whole yet. */
    record OnBranch(RelativePath path, Inode inode, DiskNode disk, Branch branch)
        implements ShownEntry {}

    /** A node of the store alone; {@code hidden} is on the disk and is not shown any more. */
    record InStore(RelativePath path, Node node, @Nullable FileStat hidden) implements ShownEntry {
      boolean isDirectory() {
        return node.content() instanceof Content.Directory;
      }
    }
  }

  /** The path of an inode; {@code isStored} if the store's tree has it there. */
  record Position(RelativePath path, boolean isStored) {}

  /** The store's side of a name. */
  record StoredName(@Nullable Node node, @Nullable PathState state) {}

  private final Arena arena;
  private final EditableDisk disk;
  private final RootRules rules;
  private final DiskNodes nodes;
  private final Branches branches;
  private final PeerDirectory peers;
  private final Latches latches;
  private final Inode root;

  /** Held while a directory is renamed on both sides. */
  private final ReentrantLock renaming = new ReentrantLock();

  /** The number of renames of directories that have begun or ended: odd during one. */
  private final AtomicLong turns = new AtomicLong();

  /** The names of {@code arena}. */
  RootedNames(Arena arena, RootParts parts, PeerDirectory peers) throws RealizeException {
    this.arena = arena;
    this.disk = parts.disk();
    this.rules = parts.rules();
    this.nodes = parts.nodes();
    this.branches = parts.branches();
    this.peers = peers;
    this.latches = new Latches(arena);
    this.root = arena.store().read(ArenaReader::root);
  }

  static CallFailed stale(Inode inode) {
    return new CallFailed("no " + inode, Errno.ESTALE);
  }

  // ---- where an inode is

  /** The path of an inode that is shown. */
  Position position(Inode inode) throws RealizeException {
    return arena.store().read(reader -> position(reader, inode));
  }

  private Position position(ArenaReader reader, Inode inode) throws RealizeException {
    if (nodes.isEmpty()) {
      return new Position(reader.pathOf(inode).orElseThrow(() -> stale(inode)), true);
    }
    Deque<String> parts = new ArrayDeque<>();
    boolean isStored = true;
    for (Inode at = inode; !at.equals(root); ) {
      EntryName name = nodes.nameOf(at);
      if (name == null) {
        Node node = reader.node(at).orElseThrow(() -> stale(inode));
        name = new EntryName(node.directory(), node.name());
      } else {
        isStored = false;
      }
      parts.push(name.name());
      at = name.directory();
      if (parts.size() > MAX_PARTS) {
        throw stale(inode);
      }
    }
    return new Position(RelativePath.of(String.join("/", parts)), isStored);
  }

  /** The name of an inode that is shown; the arena's root is in itself. */
  EntryName nameOf(Inode inode) throws RealizeException {
    EntryName here = nodes.nameOf(inode);
    if (here != null) {
      return here;
    }
    Node node = arena.store().read(reader -> reader.node(inode).orElseThrow(() -> stale(inode)));
    return new EntryName(node.directory(), node.name());
  }

  /** The store's node at a path; null for none. */
  static @Nullable Node find(ArenaReader reader, RelativePath path) throws StorageFailed {
    Node node = reader.node(reader.root()).orElse(null);
    for (String part : path.parts()) {
      node = node == null ? null : reader.child(node.inode(), part).orElse(null);
    }
    return node;
  }

  /** The path of a name; ENAMETOOLONG, and ENOENT for a name that is reserved. */
  static RelativePath child(RelativePath directory, String name) throws CallFailed {
    if (name.equals(RESERVED)) {
      throw new CallFailed("'" + name + "' is reserved", Errno.ENOENT);
    }
    try {
      return directory.child(name);
    } catch (IllegalArgumentException e) {
      throw new CallFailed("name '" + name + "': " + e.getMessage(), Errno.ENAMETOOLONG);
    }
  }

  static boolean isReserved(String name) {
    return name.equals(RESERVED);
  }

  // ---- renames of directories

  /** Begins a rename of a directory on both sides, of which no look sees a half; one at a time. */
  void turn() {
    renaming.lock();
    turns.incrementAndGet();
  }

  /** Ends what {@link #turn} began, by the same thread. */
  void turned() {
    turns.incrementAndGet();
    renaming.unlock();
  }

  /** A look at both sides, made again if a directory was renamed meanwhile. */
  <T> T steady(NameEdits.NameCall<T> look) throws RealizeException {
    if (renaming.isHeldByCurrentThread()) {
      return look.run();
    }
    for (int looks = 0; ; looks++) {
      long before = turns.get();
      if (before % 2 != 0) {
        before = afterTurn();
      }
      T seen = look.run();
      if (turns.get() == before || looks == MAX_LOOKS) {
        return seen;
      }
    }
  }

  /** A step that no rename of a directory comes between; short, as those wait for it. */
  <T extends @Nullable Object> T still(NameEdits.NameCall<T> step) throws RealizeException {
    renaming.lock();
    try {
      return step.run();
    } finally {
      renaming.unlock();
    }
  }

  /** Waits for the end of the rename under way. */
  private long afterTurn() {
    renaming.lock();
    try {
      return turns.get();
    } finally {
      renaming.unlock();
    }
  }

  /** True if the store shows anything at a path. */
  boolean isStored(RelativePath path) throws RealizeException {
    return arena.store().<Boolean>read(reader -> find(reader, path) != null);
  }

  /** True if the store shows names in the directory at a path. */
  boolean holdsStoredNames(RelativePath path) throws RealizeException {
    return arena
        .store()
        .<Boolean>read(reader -> {
          Node node = find(reader, path);
          return node != null && !reader.list(node.inode(), 0, 1).isEmpty();
        });
  }

  /** The first names that the store has in a directory, whether they are shown or not. */
  List<RelativePath> storedIn(RelativePath directory) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          Node node = find(reader, directory);
          return node == null
              ? List.<RelativePath>of()
              : reader.list(node.inode(), 0, PAGE_NAMES).stream()
                  .map(listed -> directory.child(listed.node().name()))
                  .toList();
        });
  }

  // ---- what a name shows

  /** What a name in a directory shows. */
  ShownEntry show(EntryName at) throws RealizeException {
    return steady(() -> {
      Position directory = position(at.directory());
      return show(child(directory.path(), at.name()), at, directory.isStored());
    });
  }

  /** What an inode shows by its name now; ESTALE if that shows another one. */
  ShownEntry of(Inode inode) throws RealizeException {
    for (int look = 0; ; look++) {
      ShownEntry shown = steady(() -> look(inode));
      boolean isSame =
          switch (shown) {
            case ShownEntry.NoEntry _ -> false;
            case ShownEntry.OnDisk(_, Inode found, _) -> found.equals(inode);
            case ShownEntry.OnBranch(_, Inode found, _, _) -> found.equals(inode);
            case ShownEntry.InStore(_, Node node, _) -> node.inode().equals(inode);
          };
      if (isSame) {
        return shown;
      }
      if (look == MAX_LOOKS || !hasMoved(inode, shown.path())) {
        throw stale(inode);
      }
    }
  }

  private ShownEntry look(Inode inode) throws RealizeException {
    Position position = position(inode);
    EntryName at = position.path().isRoot() ? new EntryName(root, "") : nameOf(inode);
    ShownEntry shown = show(position.path(), at, position.isStored());
    if (shown instanceof ShownEntry.NoEntry) {
      for (EntryName other : nodes.namesOf(inode)) {
        if (!other.equals(at)) {
          nodes.removed(at);
          return show(other);
        }
      }
    }
    return shown;
  }

  private boolean hasMoved(Inode inode, RelativePath from) throws RealizeException {
    return !position(inode).path().equals(from);
  }

  /** The attributes of what a name shows. */
  Attributes attributes(ShownEntry shown, ArenaView stored) throws RealizeException {
    return switch (shown) {
      case ShownEntry.NoEntry(RelativePath path, _) ->
          throw new RealizeException.NotFound("no '" + path + "' in " + arena.name());
      case ShownEntry.OnDisk(_, Inode inode, DiskNode node) -> node.attributes(inode, false);
      case ShownEntry.OnBranch(_, Inode inode, DiskNode node, _) -> node.attributes(inode, false);
      case ShownEntry.InStore found -> stored.attributes(found.node());
    };
  }

  /** What {@code path} shows, whose name is {@code at}. */
  ShownEntry show(RelativePath path, EntryName at, boolean isStored) throws RealizeException {
    return show(path, at, isStored, true);
  }

  private ShownEntry show(RelativePath path, EntryName at, boolean isStored, boolean isNoted)
      throws RealizeException {
    StoredName stored = stored(path, at, isStored);
    for (int look = 0; ; look++) {
      DiskNode found = disk.stat(path);
      ShownEntry shown = judge(path, at, stored, found, isNoted);
      if (isPlain(stored, found) || look == MAX_LOOKS) {
        return shown;
      }
      StoredName again = stored(path, at, isStored);
      if (again.equals(stored)) {
        return shown;
      }
      stored = again;
    }
  }

  /** True if both sides agree, so that neither can have changed between the looks. */
  static boolean isPlain(StoredName stored, @Nullable DiskNode found) {
    FileStat indexed = stored.state() == null ? null : stored.state().realStat();
    return found == null ? indexed == null : indexed != null && indexed.sameEntry(found.stat());
  }

  StoredName stored(RelativePath path, EntryName at, boolean isStored) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          Node node;
          if (path.isRoot() || !isStored) {
            node = find(reader, path);
          } else {
            node = reader.child(at.directory(), at.name()).orElse(null);
          }
          return new StoredName(node, reader.path(path).orElse(null));
        });
  }

  ShownEntry judge(RelativePath path, EntryName at, StoredName stored, @Nullable DiskNode listed)
      throws RealizeException {
    return judge(path, at, stored, listed, true);
  }

  private ShownEntry judge(
      RelativePath path,
      EntryName at,
      StoredName stored,
      @Nullable DiskNode listed,
      boolean isNoted)
      throws RealizeException {
    DiskNode found = listed;
    Branch branch = branches.at(path);
    if (branch != null) {
      DiskNode file = disk.stat(branch.file());
      if (file != null) {
        return new ShownEntry.OnBranch(path, inode(path, at, stored, file), file, branch);
      }
      found = disk.stat(path); // it has got its name at this moment
    }
    FileStat stat = found == null ? null : found.stat();
    Node node = stored.node();
    NameSource source =
        NameSource.of(node, stored.state(), stat, new PathKnowledge(path, stored, isNoted));
    boolean isOnDisk = found != null && !rules.isDoubtful(path);
    return switch (source) {
      case NOTHING -> new ShownEntry.NoEntry(path, isOnDisk ? stat : null);
      case STORE ->
          new ShownEntry.InStore(path, Objects.requireNonNull(node), isOnDisk ? stat : null);
      case DISK ->
          new ShownEntry.OnDisk(
              path, inode(path, at, stored, Objects.requireNonNull(found)), found);
      case DIRECTORY ->
          isOnDisk && found != null && found.kind() == FileKind.DIRECTORY
              ? new ShownEntry.OnDisk(path, inode(path, at, stored, found), found)
              : new ShownEntry.InStore(path, Objects.requireNonNull(node), isOnDisk ? stat : null);
    };
  }

  /** The inode by which programs know, from now on, what is on the disk. */
  private Inode inode(RelativePath path, EntryName at, StoredName stored, DiskNode found)
      throws RealizeException {
    if (path.isRoot()) {
      return root;
    }
    DiskKey key = DiskKey.of(found.stat());
    Inode known = nodes.find(key, at);
    if (known != null) {
      return known;
    }
    Node shown = stored.node();
    boolean isBranch = branches.at(path) != null;
    Inode inStore =
        isBranch && shown != null ? shown.inode() : storedInode(path, at, stored, found);
    if (inStore != null && nodes.isOther(inStore, key)) {
      inStore = null;
    }
    boolean isOneName = found.kind() == FileKind.DIRECTORY || found.stat().links() <= 1;
    boolean isStored = shown != null && shown.inode().equals(inStore);
    return inStore != null && isOneName && isStored && !isBranch
        ? inStore
        : nodes.add(key, at, inStore);
  }

  private @Nullable Inode storedInode(
      RelativePath path, EntryName at, StoredName stored, DiskNode found) throws RealizeException {
    Node node = stored.node();
    FileStat stat = found.stat();
    if (node != null && isAt(node, path, at)) {
      PathState state = stored.state();
      boolean isSame =
          node.content() instanceof Content.Directory
              ? found.kind() == FileKind.DIRECTORY && !isOtherDirectory(state, stat)
              : state != null && state.realStat(node.content()).filter(stat::sameInode).isPresent();
      if (isSame || isMade(path, stat, node.content())) {
        return node.inode();
      }
    }
    return arena.store().read(reader -> nodes.former(reader, path, stat));
  }

  /**
   * True if the store's node is at {@code path} for programs, too: not if a directory above it has
   * another name by now, and the path leads through another directory.
   */
  private boolean isAt(Node node, RelativePath path, EntryName at) throws RealizeException {
    return node.directory().equals(at.directory())
        || position(node.directory()).path().equals(path.parent().orElse(RelativePath.ROOT));
  }

  private static boolean isOtherDirectory(@Nullable PathState state, FileStat found) {
    FileStat indexed = state == null ? null : state.realStat();
    return indexed != null && !indexed.sameInode(found);
  }

  private Optional<Version> made(RelativePath path, FileStat found) throws RealizeException {
    return arena.store().read(ApplyProtocol::open).made(path, found);
  }

  private static boolean isOfShown(Version made, PathState state) {
    return made.content().equals(state.shown().content());
  }

  private boolean isIndexed(RelativePath path) throws RealizeException {
    return arena
        .store()
        .read(reader -> reader.path(path).filter(state -> state.realStat() != null).isPresent());
  }

  private boolean isJustMade(RelativePath path) throws RealizeException {
    DiskNode found = disk.stat(path);
    return found == null || made(path, found.stat()).isPresent();
  }

  /** True if a job has made the file, concluded or not: one look, or it might be neither. */
  private boolean isMade(RelativePath path, FileStat stat, Content content)
      throws RealizeException {
    return arena
        .store()
        .<Boolean>read(reader -> {
          PathState state = reader.path(path).orElse(null);
          boolean isConcluded =
              state != null && state.realStat(content).filter(stat::sameInode).isPresent();
          return isConcluded || ApplyProtocol.open(reader).hasMade(path, stat);
        });
  }

  /** The further looks at one path. */
  private final class PathKnowledge implements NameSource.Knowledge {
    private final RelativePath path;
    private final StoredName stored;

    /** That something newer is shown is noted. */
    private final boolean isNoted;

    PathKnowledge(RelativePath path, StoredName stored) {
      this(path, stored, true);
    }

    PathKnowledge(RelativePath path, StoredName stored, boolean isNoted) {
      this.path = path;
      this.stored = stored;
      this.isNoted = isNoted;
    }

    @Override
    public boolean isDoubtful() {
      return rules.isDoubtful(path);
    }

    @Override
    public boolean isIgnored() throws RealizeException {
      return rules.ignores(path);
    }

    @Override
    public boolean isBeingMade() throws RealizeException {
      return arena.store().read(ApplyProtocol::open).mayMiss(path);
    }

    @Override
    public boolean isOutdated(FileStat found) throws RealizeException {
      PathState state = stored.state();
      return state != null && made(path, found).filter(made -> !isOfShown(made, state)).isPresent();
    }

    @Override
    public boolean holdsShownNames() throws RealizeException {
      Node node = stored.node();
      return node != null && RootedNames.this.holdsShownNames(path, node.inode());
    }

    @Override
    public boolean holdsUnknownNames() throws RealizeException {
      for (String name : disk.names(path)) {
        if (!isReserved(name)) {
          RelativePath child = path.child(name);
          if (!isIndexed(child) && !isJustMade(child)) {
            return true;
          }
        }
      }
      return false;
    }

    @Override
    public boolean isReachable() throws RealizeException {
      PathState state = stored.state();
      if (state == null || !(state.shown().content() instanceof Content.File file)) {
        return true; // and stays so: there is nothing to note
      }
      boolean isReachable = isReachable(state, file);
      if (isReachable && isNoted) {
        latches.note(path, state);
      }
      return isReachable;
    }

    private boolean isReachable(PathState state, Content.File file) throws RealizeException {
      var blob = arena.blobs().find(file.hash());
      if (blob.isPresent()) {
        try (var open = blob.get()) {
          if (open.readable().lengthBytes() == file.sizeBytes()) {
            return true;
          }
        }
      }
      var holders = Availability.holders(state, file);
      return peers.links().stream().anyMatch(link -> holders.contains(link.identity().store()));
    }
  }

  /** True if the store has a name below a directory that would be shown were none on the disk. */
  private boolean holdsShownNames(RelativePath path, Inode directory) throws RealizeException {
    long cursor = 0;
    while (true) {
      long from = cursor;
      var page = arena.store().read(reader -> reader.list(directory, from, PAGE_NAMES));
      if (page.isEmpty()) {
        return false;
      }
      for (var listed : page) {
        cursor = listed.cursor();
        String name = listed.node().name();
        RelativePath child = path.child(name);
        StoredName stored = stored(child, new EntryName(directory, name), true);
        if (NameSource.of(stored.node(), stored.state(), null, new PathKnowledge(child, stored))
            != NameSource.NOTHING) {
          return true;
        }
      }
    }
  }

  /** What is on the disk at a path that does not show it. */
  record HiddenName(RelativePath path, FileStat stat) {}

  /**
   * What is on the disk at a path that does not show it, and below: a directory after its names.
   *
   * @throws CallFailed ESTALE if something below is shown
   */
  List<HiddenName> hidden(RelativePath top, FileStat found) throws RealizeException {
    List<HiddenName> hidden = new ArrayList<>(List.of(new HiddenName(top, found)));
    for (int i = 0; i < hidden.size(); i++) {
      HiddenName above = hidden.get(i);
      List<String> below =
          above.stat().kind() == FileStat.Kind.DIRECTORY ? disk.names(above.path()) : List.of();
      for (String name : below) {
        RelativePath path = above.path().child(name);
        DiskNode node = disk.stat(path);
        if (node != null) {
          if (source(path, node.stat()) != NameSource.NOTHING) {
            throw new CallFailed("'" + path + "' is shown", Errno.ESTALE);
          }
          hidden.add(new HiddenName(path, node.stat()));
        }
      }
    }
    return hidden.reversed();
  }

  private NameSource source(RelativePath path, @Nullable FileStat found) throws RealizeException {
    StoredName stored =
        arena
            .store()
            .read(reader -> new StoredName(find(reader, path), reader.path(path).orElse(null)));
    return NameSource.of(stored.node(), stored.state(), found, new PathKnowledge(path, stored));
  }

  /** True if a path would show something of the store's were nothing on the disk. */
  boolean isLeftInStore(RelativePath path) throws RealizeException {
    return source(path, null) != NameSource.NOTHING;
  }

  /** True if the store shows a directory at a path. */
  boolean isStoredDirectory(RelativePath path) throws RealizeException {
    Node node = arena.store().read(reader -> find(reader, path));
    return node != null && node.content() instanceof Content.Directory;
  }

  /** The names in a directory that show branches. */
  List<String> branchesIn(RelativePath directory) {
    return branches.namesIn(directory);
  }

  /**
   * The name of a path by the inodes that programs know; null if they do not know its directory.
   */
  @Nullable EntryName entryAt(RelativePath path) throws RealizeException {
    return arena
        .store()
        .read(reader -> {
          Inode at = root;
          for (String part : path.parent().orElse(RelativePath.ROOT).parts()) {
            Inode next = inodeAt(reader, new EntryName(at, part));
            if (next == null) {
              return null;
            }
            at = next;
          }
          return new EntryName(at, path.name());
        });
  }

  /**
   * The name of a path by the inodes that its directories show now; null if one of them is none.
   */
  @Nullable EntryName lookUp(RelativePath path) throws RealizeException {
    Inode at = root;
    for (String part : path.parent().orElse(RelativePath.ROOT).parts()) {
      Inode next =
          switch (show(new EntryName(at, part))) {
            case ShownEntry.OnDisk found when found.isDirectory() -> found.inode();
            case ShownEntry.InStore found when found.isDirectory() -> found.node().inode();
            case ShownEntry.OnDisk _,
                ShownEntry.InStore _,
                ShownEntry.NoEntry _,
                ShownEntry.OnBranch _ ->
                null;
          };
      if (next == null) {
        return null;
      }
      at = next;
    }
    return new EntryName(at, path.name());
  }

  /** The inode that programs know a name by; null for none. */
  @Nullable Inode inodeAt(EntryName at) throws RealizeException {
    return arena.store().read(reader -> inodeAt(reader, at));
  }

  /**
   * The inode that a name shows now; null for none. For notices, so it notes nothing and waits for
   * no commit: a program's own look does.
   */
  @Nullable Inode inodeShown(EntryName at) throws RealizeException {
    ShownEntry shown =
        steady(() -> {
          Position directory = position(at.directory());
          RelativePath path = child(directory.path(), at.name());
          return show(path, at, directory.isStored(), false);
        });
    return switch (shown) {
      case ShownEntry.NoEntry _ -> null;
      case ShownEntry.OnDisk(_, Inode inode, _) -> inode;
      case ShownEntry.OnBranch(_, Inode inode, _, _) -> inode;
      case ShownEntry.InStore(_, Node node, _) -> node.inode();
    };
  }

  private @Nullable Inode inodeAt(ArenaReader reader, EntryName at) throws StorageFailed {
    Inode here = nodes.at(at);
    return here != null
        ? here
        : reader.child(at.directory(), at.name()).map(Node::inode).orElse(null);
  }
}
