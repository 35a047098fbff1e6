package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobInfo;
import org.realize.sync.port.BlobPage;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Finding;
import org.realize.sync.port.Listed;
import org.realize.sync.port.LostSide;
import org.realize.sync.port.Node;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.port.Totals;
import org.realize.sync.port.TreeRename;

/** The reader of an arena's rows. Confined to one query or change and its thread. */
class ArenaRows implements ArenaReader {

  /** The states that a look for long paths holds at once. */
  private static final int FIT_PATHS = 512;

  private final ArenaName arena;
  private final RowSource rows;
  private final RowKey headKey;
  private final Inode root;
  final int number;
  final TreeRows tree;
  final PathRows paths;
  final FeedRows feed;
  final BlobRows blobs;
  final HoldRows holds;
  final PackedMap conflicts;
  final LostSideRows lostSides;
  final SmallRows small;
  private @Nullable Head head;
  private @Nullable RenamedPaths renamed;

  ArenaRows(ArenaName arena, int number, Inode root, RowSource rows) {
    this.root = root;
    this.arena = arena;
    this.number = number;
    this.rows = rows;
    this.headKey = headKey(number);
    this.tree = new TreeRows(rows, number);
    this.paths = new PathRows(rows, number);
    this.feed = new FeedRows(rows, number);
    this.blobs = new BlobRows(rows, number);
    this.holds = new HoldRows(rows, number);
    this.conflicts = new PackedMap(rows, bucket -> RowKey.of(Family.CONFLICT, number, 0, bucket));
    this.lostSides = new LostSideRows(rows, number);
    this.small = new SmallRows(rows, number);
  }

  static RowKey headKey(int number) {
    return RowKey.of(Family.HEAD, number, 0, 0);
  }

  final Head head() throws StorageFailed {
    Head known = head;
    if (known == null) {
      known = new Head(Objects.requireNonNull(rows.get(headKey), "the arena has no head"));
      head = known;
    }
    return known;
  }

  /** The paths as they are after all renames of directories. */
  final RenamedPaths renamed() throws StorageFailed {
    RenamedPaths known = renamed;
    if (known == null) {
      known = new RenamedPaths(paths, head(), pending());
      renamed = known;
    }
    return known;
  }

  /** The renames that have steps left, the oldest first. */
  final List<PendingRename> pending() throws StorageFailed {
    return head().renames == 0 ? List.of() : row(PendingRename.ROWS).orElseThrow();
  }

  /** Other renames have steps left from now on. */
  final void forgetRenames() {
    renamed = null;
  }

  @Override
  public final ArenaName arena() {
    return arena;
  }

  @Override
  public final Inode root() {
    return root;
  }

  @Override
  public final Optional<Node> child(Inode directory, String name) throws StorageFailed {
    return Optional.ofNullable(tree.child(directory.value(), name)).map(TreeRows.ShownName::node);
  }

  @Override
  public final Optional<Node> node(Inode inode) throws StorageFailed {
    if (inode.equals(root)) {
      int mode = head().rootMode;
      return Optional.of(new Node(inode, inode, "", new Content.Directory(), mode, FileTime.EPOCH));
    }
    return Optional.ofNullable(tree.node(inode.value())).map(TreeRows.ShownName::node);
  }

  @Override
  public final Optional<RelativePath> pathOf(Inode inode) throws StorageFailed {
    return Optional.ofNullable(tree.pathOf(inode.value(), root.value()));
  }

  @Override
  public final List<Listed> list(Inode directory, long cursor, int max) throws StorageFailed {
    return tree.list(directory.value(), cursor, max);
  }

  @Override
  public final Totals totals() throws StorageFailed {
    return head().totals;
  }

  @Override
  public Optional<PathState> path(RelativePath path) throws StorageFailed {
    return Optional.ofNullable(head().renames == 0 ? paths.get(path, head()) : renamed().get(path));
  }

  @Override
  public final SortedMap<String, PathState> children(RelativePath directory) throws StorageFailed {
    return head().renames == 0 ? paths.children(directory, head()) : renamed().children(directory);
  }

  @Override
  public final List<TreeRename> renames() throws StorageFailed {
    return pending().stream().map(PendingRename::rename).toList();
  }

  @Override
  public final boolean fits(RelativePath from, RelativePath to) throws StorageFailed {
    int most = RelativePath.MAX_PATH_BYTES - (to.utf8().length - from.utf8().length);
    if (head().longestPath <= most) {
      return true;
    }
    List<PathState> page = new ArrayList<>();
    for (RelativePath after = from; ; after = page.getLast().path()) {
      page.clear();
      paths.walk(after, FIT_PATHS, head(), _ -> true, page::add);
      for (PathState each : page) {
        boolean isBelow = from.contains(each.path());
        if (!isBelow && each.path().toString().compareTo(from + "/") > 0) {
          return true; // path order has what is below a name together, at the slash
        }
        if (isBelow && each.path().utf8().length > most) {
          return false;
        }
      }
      if (page.size() < FIT_PATHS) {
        return true;
      }
    }
  }

  @Override
  public final List<RelativePath> conflicts(int max) throws StorageFailed {
    List<RelativePath> listed = new ArrayList<>();
    for (Bucket.BucketSlot slot : conflicts.list(0, max)) {
      listed.add(paths.pathOf(PathRows.EntryPlace.of(ByteBuffer.wrap(slot.name()))));
    }
    return listed;
  }

  @Override
  public final List<PathState> paths(RelativePath after, int max) throws StorageFailed {
    List<PathState> found = new ArrayList<>();
    paths.walk(after, max, head(), _ -> true, found::add);
    if (head().renames > 0) {
      for (int i = 0; i < found.size(); i++) {
        found.set(i, path(found.get(i).path()).orElse(found.get(i)));
      }
    }
    return found;
  }

  @Override
  public final long headSeq() throws StorageFailed {
    return head().headSeq;
  }

  @Override
  public final List<PathState> feed(long afterSeq, int max) throws StorageFailed {
    List<PathState> states = new ArrayList<>();
    for (PathRows.EntryPlace place : feed.after(afterSeq, head().headSeq, max)) {
      states.add(paths.get(place, head()));
    }
    return states;
  }

  @Override
  public final long progress(StoreId store) throws StorageFailed {
    return small.progress(store);
  }

  @Override
  public final List<RelativePath> reportedBy(StoreId store, RelativePath after, int max)
      throws StorageFailed {
    List<RelativePath> found = new ArrayList<>();
    paths.walk(
        after,
        max,
        head(),
        state -> state.reports().containsKey(store),
        state -> found.add(state.path()));
    return found;
  }

  @Override
  public final Map<RelativePath, Mark> marks() throws StorageFailed {
    return small.marks();
  }

  @Override
  public final List<Finding> findings(int max) throws StorageFailed {
    return small.findings(max);
  }

  @Override
  public final <T> Optional<T> row(Rows<T> row) throws StorageFailed {
    return Optional.ofNullable(small.row(row.name())).map(row::decode);
  }

  @Override
  public final Optional<byte[]> treeNode(ContentHash content, int level, long index)
      throws StorageFailed {
    return Optional.ofNullable(small.treeNode(content, level, index));
  }

  @Override
  public final Optional<BlobRow> blob(ContentHash hash) throws StorageFailed {
    return Optional.ofNullable(blobs.get(hash));
  }

  @Override
  public final List<BlobRow> blobs() throws StorageFailed {
    return blobs.all();
  }

  @Override
  public final BlobPage blobPage(long after, int max) throws StorageFailed {
    return blobs.page(after, max);
  }

  @Override
  public final BlobPage unreferencedBlobs(long after, int max) throws StorageFailed {
    BlobPage page = blobs.unreferenced(after, max);
    if (page.blobs().isEmpty()) {
      return page;
    }
    Set<ContentHash> held = holds.hashes();
    List<BlobInfo> free = page.blobs().stream().filter(b -> !held.contains(b.hash())).toList();
    return new BlobPage(free, page.next());
  }

  @Override
  public final List<RelativePath> blobReferences(ContentHash hash, int max) throws StorageFailed {
    List<RelativePath> referring = new ArrayList<>();
    for (PathRows.EntryPlace place : blobs.references(hash, max)) {
      referring.add(renamed().nameOf(paths.pathOf(place)));
    }
    return referring;
  }

  @Override
  public final boolean isBlobReferred(ContentHash hash, RelativePath path) throws StorageFailed {
    PathRows.EntryPlace place = paths.placeOf(renamed().entryOf(path));
    return place != null && blobs.isReferred(hash, place);
  }

  @Override
  public final Optional<BlobHold> blobHold(RelativePath path) throws StorageFailed {
    PathRows.EntryPlace place = paths.placeOf(path);
    HoldRows.Hold hold = place == null ? null : holds.get(place);
    return hold == null
        ? Optional.empty()
        : Optional.of(new BlobHold(path, hold.hash(), hold.sinceMillis()));
  }

  @Override
  public final List<BlobHold> blobHolds(int max) throws StorageFailed {
    List<BlobHold> listed = new ArrayList<>();
    for (HoldRows.Hold hold : holds.list(max)) {
      listed.add(new BlobHold(paths.pathOf(hold.place()), hold.hash(), hold.sinceMillis()));
    }
    return listed;
  }

  @Override
  public final List<LostSide> lostSides(int max) throws StorageFailed {
    List<LostSide> listed = new ArrayList<>();
    for (LostSideRows.LostAt lost : lostSides.list(max)) {
      RelativePath path = paths.pathOf(lost.place());
      listed.add(new LostSide(path, lost.hash(), lost.mode(), lost.mtime()));
    }
    return listed;
  }
}
