package org.realize.sync.testing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.CommitListener.CommittedChanges;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Listed;
import org.realize.sync.port.LostSide;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.port.Totals;
import org.realize.sync.port.TreeRename;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.LocalRules.Author;
import org.realize.sync.rules.RenameRules;
import org.realize.sync.testing.MemoryArenaState.CursorKey;
import org.realize.sync.testing.MemoryArenaState.FindingKey;
import org.realize.sync.testing.MemoryArenaState.LostKey;
import org.realize.sync.testing.MemoryArenaState.NameKey;
import org.realize.sync.testing.MemoryArenaState.Row;
import org.realize.sync.testing.MemoryArenaState.TreeKey;

/** Reads and, given a private copy, writes one {@link MemoryArenaState}. */
final class MemoryArenaRows implements ArenaWriter {

  private final ArenaName arena;
  private final long root;
  private final MemoryArenaState state;
  private final MemoryTreeWriter tree;
  private final LongSupplier inodes;
  private final Set<RelativePath> put = new TreeSet<>();
  private final Set<RelativePath> marked = new TreeSet<>();

  MemoryArenaRows(ArenaName arena, long root, MemoryArenaState state, LongSupplier inodes) {
    this.arena = arena;
    this.root = root;
    this.state = state;
    this.inodes = inodes;
    this.tree = new MemoryTreeWriter(state, root, inodes);
  }

  MemoryArenaState state() {
    return state;
  }

  /** The changes for listeners. */
  CommittedChanges committed() {
    return new CommittedChanges(state.headSeq, tree.changes(), put, marked);
  }

  @Override
  public ArenaName arena() {
    return arena;
  }

  @Override
  public Inode root() {
    return new Inode(root);
  }

  @Override
  public Optional<Node> child(Inode directory, String name) {
    Long inode = state.names.read().get(new NameKey(directory.value(), name));
    return inode == null ? Optional.empty() : node(new Inode(inode));
  }

  @Override
  public Optional<Node> node(Inode inode) {
    return Optional.ofNullable(state.nodes.read().get(inode.value())).map(MemoryArenaRows::node);
  }

  private static Node node(Row row) {
    return new Node(
        new Inode(row.inode()),
        new Inode(row.directory()),
        row.name(),
        row.content(),
        row.mode(),
        row.mtime());
  }

  @Override
  public Optional<RelativePath> pathOf(Inode inode) {
    return Optional.ofNullable(state.nodes.read().get(inode.value()))
        .map(row -> MemoryTreeWriter.pathOf(state, root, row));
  }

  @Override
  public List<Listed> list(Inode directory, long cursor, int max) {
    return state
        .cursors
        .read()
        .subMap(
            new CursorKey(directory.value(), cursor),
            false,
            new CursorKey(directory.value(), Long.MAX_VALUE),
            true)
        .entrySet()
        .stream()
        .limit(max)
        .map(e -> new Listed(e.getKey().cursor(), node(new Inode(e.getValue())).orElseThrow()))
        .toList();
  }

  @Override
  public Totals totals() {
    return state.totals;
  }

  @Override
  public Optional<PathState> path(RelativePath path) {
    return Optional.ofNullable(state.paths.read().get(path));
  }

  @Override
  public SortedMap<String, PathState> children(RelativePath directory) {
    SortedMap<String, PathState> children = new TreeMap<>();
    String prefix = directory.isRoot() ? "" : directory + "/";
    for (Map.Entry<RelativePath, PathState> entry :
        state.paths.read().tailMap(directory, false).entrySet()) {
      if (!directory.contains(entry.getKey())) {
        if (entry.getKey().toString().startsWith(directory.toString())) {
          continue;
        }
        break;
      }
      String rest = entry.getKey().toString().substring(prefix.length());
      if (rest.indexOf('/') < 0) {
        children.put(rest, entry.getValue());
      }
    }
    return children;
  }

  @Override
  public List<RelativePath> conflicts(int max) {
    return state.conflicts.read().keySet().stream().limit(max).toList();
  }

  @Override
  public List<PathState> paths(RelativePath after, int max) {
    return state.paths.read().tailMap(after, false).values().stream().limit(max).toList();
  }

  @Override
  public List<TreeRename> renames() {
    return List.of();
  }

  @Override
  public boolean fits(RelativePath from, RelativePath to) {
    int longer = to.utf8().length - from.utf8().length;
    return state.paths.read().keySet().stream()
        .filter(from::contains)
        .allMatch(path -> path.utf8().length + longer <= RelativePath.MAX_PATH_BYTES);
  }

  /** Does all steps at once. */
  @Override
  public void renameTree(TreeRename rename) {
    if (!fits(rename.from(), rename.to())) {
      throw new IllegalArgumentException("too long: " + rename);
    }
    tree.move(rename.from(), rename.to());
    List<PathState> waiting =
        state.paths.read().tailMap(rename.from(), true).values().stream()
            .filter(path -> rename.from().contains(path.path()))
            .filter(RenameRules::concerns)
            .toList();
    for (PathState source : waiting) {
      RelativePath to = rename.moved(source.path()).orElseThrow();
      RenameRules.RenamedPath renamed =
          RenameRules.renamed(
              source,
              to,
              state.paths.read().get(to),
              new Author(rename.store(), rename.counter(), nextSeq()),
              new Author(rename.store(), rename.counter(), nextSeq()));
      if (renamed.arrived() != null) {
        put(renamed.arrived());
      }
      put(renamed.left());
    }
  }

  @Override
  public boolean advanceRenames(int max) {
    return false;
  }

  @Override
  public long headSeq() {
    return state.headSeq;
  }

  @Override
  public List<PathState> feed(long afterSeq, int max) {
    return state.feed.read().tailMap(afterSeq, false).values().stream()
        .limit(max)
        .map(path -> path(path).orElseThrow())
        .toList();
  }

  @Override
  public long progress(StoreId store) {
    return state.progress.read().getOrDefault(store, 0L);
  }

  @Override
  public List<RelativePath> reportedBy(StoreId store, RelativePath after, int max) {
    return state.paths.read().tailMap(after, false).values().stream()
        .filter(path -> path.reports().containsKey(store))
        .limit(max)
        .map(PathState::path)
        .toList();
  }

  @Override
  public Map<RelativePath, Mark> marks() {
    return state.marks.read();
  }

  @Override
  public List<Finding> findings(int max) {
    return state.findings.read().values().stream().limit(max).toList();
  }

  @Override
  public <T> Optional<T> row(Rows<T> row) {
    return Optional.ofNullable(state.rows.read().get(row.name())).map(row::decode);
  }

  @Override
  public Optional<byte[]> treeNode(ContentHash content, int level, long index) {
    return Optional.ofNullable(state.tree.read().get(new TreeKey(content, level, index)))
        .map(byte[]::clone);
  }

  @Override
  public Optional<BlobRow> blob(ContentHash hash) {
    return Optional.ofNullable(state.blobs.read().get(hash));
  }

  @Override
  public List<BlobRow> blobs() {
    return List.copyOf(state.blobs.read().values());
  }

  /** In the order of file ids, which are never reused. */
  @Override
  public BlobPage blobPage(long after, int max) {
    List<BlobInfo> page =
        state.blobs.read().values().stream()
            .filter(row -> row.fileId() > after)
            .sorted(Comparator.comparingLong(BlobRow::fileId))
            .limit(max)
            .map(BlobRow::info)
            .toList();
    return new BlobPage(page, page.size() < max ? BlobPage.END : page.getLast().fileId());
  }

  @Override
  public BlobPage unreferencedBlobs(long after, int max) {
    Set<ContentHash> held =
        state.holds.read().values().stream().map(BlobHold::hash).collect(Collectors.toSet());
    BlobPage page = blobPage(after, max);
    List<BlobInfo> unreferenced =
        page.blobs().stream()
            .filter(blob -> !state.references.read().containsKey(blob.hash()))
            .filter(blob -> !held.contains(blob.hash()))
            .toList();
    return new BlobPage(unreferenced, page.next());
  }

  @Override
  public List<RelativePath> blobReferences(ContentHash hash, int max) {
    return state.references.read().getOrDefault(hash, Set.of()).stream().limit(max).toList();
  }

  @Override
  public boolean isBlobReferred(ContentHash hash, RelativePath path) {
    return state.references.read().getOrDefault(hash, Set.of()).contains(path);
  }

  @Override
  public Optional<BlobHold> blobHold(RelativePath path) {
    return Optional.ofNullable(state.holds.read().get(path));
  }

  @Override
  public List<BlobHold> blobHolds(int max) {
    return state.holds.read().values().stream().limit(max).toList();
  }

  @Override
  public InodeBlock reserveInodes(int atMost) {
    Inode first = new Inode(inodes.getAsLong());
    int more = (int) Math.min(atMost - 1L, state.endOfRange - state.nextInode);
    state.nextInode += more;
    return new InodeBlock(first, 1 + more);
  }

  @Override
  public void put(PathState path) {
    putAt(path, null);
  }

  @Override
  public void put(PathState path, Inode inode) {
    putAt(path, inode);
  }

  private void putAt(PathState path, @Nullable Inode inode) {
    put.add(path.path());
    @Nullable PathState before = state.paths.write().put(path.path(), path);
    moveInFeed(before, path);
    if (Judgement.isConflict(path)) {
      state.conflicts.write().put(path.path(), path.path());
    } else {
      state.conflicts.write().remove(path.path());
    }
    count(before, -1);
    count(path, 1);
    if (before != null) {
      Judgement.currentFiles(before).forEach(hash -> dereference(hash, path.path()));
    }
    for (ContentHash hash : Judgement.currentFiles(path)) {
      if (state.blobs.read().containsKey(hash)) {
        addBlobReference(hash, path.path());
      }
    }
    if (before != null) {
      noteLost(before, path);
    }
    hold(path.path(), before == null ? null : before.shown().content(), path.shown().content());
    tree.show(path, path.showsSameFileAs(before), inode);
  }

  private void moveInFeed(@Nullable PathState before, PathState after) {
    long old = before == null ? 0 : before.announcedSeq();
    if (old == after.announcedSeq()) {
      return;
    }
    if (old != 0) {
      state.feed.write().remove(old);
    }
    if (after.announcedSeq() != 0) {
      state.feed.write().put(after.announcedSeq(), after.path());
    }
  }

  private void count(@Nullable PathState path, int sign) {
    if (path == null) {
      return;
    }
    Totals now = state.totals;
    long files = 0;
    long bytes = 0;
    long realFiles = 0;
    long realBytes = 0;
    if (path.shown().content() instanceof Content.File file) {
      files = sign;
      bytes = sign * file.sizeBytes();
    }
    if (path.real() != null && path.real().version().content() instanceof Content.File file) {
      realFiles = sign;
      realBytes = sign * file.sizeBytes();
    }
    state.totals =
        new Totals(
            now.files() + files,
            now.bytes() + bytes,
            now.realFiles() + realFiles,
            now.realBytes() + realBytes,
            state.conflicts.read().size());
  }

  @Override
  public long nextSeq() {
    return ++state.headSeq;
  }

  @Override
  public void putProgress(StoreId store, long seq) {
    state.progress.write().put(store, seq);
  }

  @Override
  public void putMark(RelativePath path, @Nullable Mark mark) {
    marked.add(path);
    if (mark == null) {
      state.marks.write().remove(path);
    } else {
      state.marks.write().put(path, mark);
    }
  }

  @Override
  public void putFinding(Finding finding) {
    state.findings.write().put(new FindingKey(finding.key()), finding);
  }

  @Override
  public void removeFinding(Finding.Key key) {
    state.findings.write().remove(new FindingKey(key));
  }

  @Override
  public <T> void putRow(Rows<T> row, T value) {
    state.rows.write().put(row.name(), row.encode(value));
  }

  @Override
  public void removeRow(Rows<?> row) {
    state.rows.write().remove(row.name());
  }

  @Override
  public void putTreeNode(ContentHash content, int level, long index, byte[] childHashes) {
    state.tree.write().put(new TreeKey(content, level, index), childHashes.clone());
  }

  @Override
  public void removeTree(ContentHash content) {
    List<TreeKey> keys = new ArrayList<>();
    for (TreeKey key : state.tree.read().tailMap(new TreeKey(content, 0, 0), true).keySet()) {
      if (!key.content().equals(content)) {
        break;
      }
      keys.add(key);
    }
    keys.forEach(state.tree.write()::remove);
  }

  @Override
  public long nextFileId() {
    return ++state.lastFileId;
  }

  @Override
  public void putBlob(BlobRow blob) {
    state.blobs.write().put(blob.hash(), blob);
  }

  @Override
  public void removeBlob(ContentHash hash) {
    state.blobs.write().remove(hash);
    state.references.write().remove(hash);
  }

  @Override
  public void addBlobReference(ContentHash hash, RelativePath path) {
    Set<RelativePath> more = new TreeSet<>(state.references.read().getOrDefault(hash, Set.of()));
    more.add(path);
    state.references.write().put(hash, more);
  }

  @Override
  public List<LostSide> lostSides(int max) {
    return state.lostSides.read().values().stream().limit(max).toList();
  }

  @Override
  public void removeLostSide(LostSide side) {
    state.lostSides.write().remove(new LostKey(side.path(), side.hash()));
  }

  private void noteLost(PathState before, PathState after) {
    for (Content.File file : ConflictRules.lost(before, after)) {
      if (state.blobs.read().containsKey(file.hash())) {
        Metadata of = ConflictRules.metadata(before, file);
        state
            .lostSides
            .write()
            .put(
                new LostKey(after.path(), file.hash()),
                new LostSide(after.path(), file.hash(), of.mode(), of.mtime()));
      }
    }
  }

  @Override
  public void putBlobHold(BlobHold hold) {
    if (holds(hold)) {
      state.holds.write().put(hold.path(), hold);
    }
  }

  @Override
  public void removeBlobHold(BlobHold hold) {
    if (holds(hold)) {
      state.holds.write().remove(hold.path());
    }
  }

  private boolean holds(BlobHold hold) {
    BlobHold present = state.holds.read().get(hold.path());
    return present != null && present.hash().equals(hold.hash());
  }

  private void hold(RelativePath path, @Nullable Content old, Content now) {
    if (!(old instanceof Content.File replaced) || replaced.equals(now)) {
      return;
    }
    BlobHold held = state.holds.read().get(path);
    if (!(now instanceof Content.File shown)
        || (held != null && held.hash().equals(shown.hash()))) {
      state.holds.write().remove(path);
      held = null;
    }
    if (now instanceof Content.File
        && state.blobs.read().containsKey(replaced.hash())
        && (held == null || available(held.hash()) <= available(replaced.hash()))) {
      state.holds.write().put(path, new BlobHold(path, replaced.hash(), 0));
    }
  }

  private long available(ContentHash hash) {
    return blob(hash).map(row -> row.available().lengthBytes()).orElse(-1L);
  }

  private void dereference(ContentHash hash, RelativePath path) {
    Set<RelativePath> paths = state.references.read().get(hash);
    if (paths == null || !paths.contains(path)) {
      return;
    }
    Set<RelativePath> fewer = new TreeSet<>(paths);
    fewer.remove(path);
    if (fewer.isEmpty()) {
      state.references.write().remove(hash);
    } else {
      state.references.write().put(hash, fewer);
    }
  }
}
