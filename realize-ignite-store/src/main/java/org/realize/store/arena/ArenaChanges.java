package org.realize.store.arena;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowBatch;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Inode;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.CommitListener.CommittedChanges;
import org.realize.sync.port.Finding;
import org.realize.sync.port.LostSide;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Rows;
import org.realize.sync.port.Totals;
import org.realize.sync.port.TreeRename;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.rules.Judgement;
import org.realize.sync.rules.RenameRules.RenamedPath;

/** One change of an arena: collects the rows of one commit. Confined to its thread. */
final class ArenaChanges extends ArenaRows implements ArenaWriter {
  /** States that are kept of those that the change has read. */
  private static final int MAX_READ = 10_000;

  private final RowChanges changes;
  private final InodeSource.Taking inodes;
  private final TreeUpdate update;
  private final long headBefore;
  private final byte[] before;
  private final Set<RelativePath> put = new HashSet<>();

  /** States that the change has read, until it puts them: a put needs the one before it. */
  private final Map<RelativePath, Optional<PathState>> read = new HashMap<>();

  private final Set<RelativePath> marked = new HashSet<>();

  ArenaChanges(
      ArenaName arena, int number, Inode root, RowChanges changes, InodeSource.Taking inodes)
      throws StorageFailed {
    super(arena, number, root, changes);
    this.changes = changes;
    this.inodes = inodes;
    Head head = head();
    this.before = head.encode();
    this.headBefore = head.headSeq;
    this.update = new TreeUpdate(changes, tree, head, this::nextInode, path -> renamed().get(path));
  }

  /** The rows to commit; nothing may be changed afterwards. */
  RowBatch finish() throws StorageFailed {
    byte[] after = head().encode();
    if (!Arrays.equals(before, after)) {
      changes.put(headKey(number), after);
    }
    return changes.finish();
  }

  /** The changes for listeners. */
  CommittedChanges committed() throws StorageFailed {
    return new CommittedChanges(headSeq(), update.nameChanges(), put, marked);
  }

  boolean movedHead() throws StorageFailed {
    return head().headSeq != headBefore;
  }

  private long nextInode() throws StorageFailed {
    Head head = head();
    if (head.nextInode == head.rangeEnd) {
      InodeSource.InodeRange range = inodes.next(head.rangeEnd, changes.rows());
      head.nextInode = range.start();
      head.rangeEnd = range.end();
    }
    return head.nextInode++;
  }

  @Override
  public Optional<PathState> path(RelativePath path) throws StorageFailed {
    settle(path);
    Optional<PathState> known = read.get(path);
    if (known == null) {
      known = super.path(path);
      if (read.size() < MAX_READ) {
        read.put(path, known);
      }
    }
    return known;
  }

  @Override
  public InodeBlock reserveInodes(int atMost) throws StorageFailed {
    Head head = head();
    Inode first = new Inode(nextInode());
    int more = (int) Math.min(atMost - 1L, head.rangeEnd - head.nextInode);
    head.nextInode += more;
    return new InodeBlock(first, 1 + more);
  }

  @Override
  public void put(PathState after) throws StorageFailed {
    putAt(after, null);
  }

  @Override
  public void put(PathState after, Inode inode) throws StorageFailed {
    putAt(after, inode);
  }

  // ---- renames of directories

  @Override
  public void renameTree(TreeRename rename) throws StorageFailed {
    List<PendingRename> all = new ArrayList<>(pending());
    boolean isTouched =
        all.stream()
            .anyMatch(
                each -> each.rename().touches(rename.from()) || each.rename().touches(rename.to()));
    if (isTouched || !fits(rename.from(), rename.to())) {
      throw new IllegalArgumentException("cannot be renamed now: " + rename);
    }
    all.add(new PendingRename(++head().lastRename, rename, RelativePath.ROOT, 0));
    putPending(all);
    update.move(rename.from(), rename.to());
    read.clear();
  }

  private void putPending(List<PendingRename> all) throws StorageFailed {
    head().renames = all.size();
    if (all.isEmpty()) {
      removeRow(PendingRename.ROWS);
    } else {
      putRow(PendingRename.ROWS, all);
    }
    forgetRenames();
  }

  @Override
  public boolean advanceRenames(int max) throws StorageFailed {
    List<PendingRename> all = new ArrayList<>(pending());
    if (all.isEmpty()) {
      return false;
    }
    PendingRename next = advance(all.getFirst(), max);
    if (next == null) {
      all.removeFirst();
    } else {
      all.set(0, next);
    }
    putPending(all);
    return !all.isEmpty();
  }

  /** Does steps of a rename; null at its end. */
  private @Nullable PendingRename advance(PendingRename rename, int max) throws StorageFailed {
    RelativePath top = rename.rename().from();
    PendingRename at = rename;
    int left = max;
    if (at.at().isRoot()) {
      settle(top);
      at = at.at(top, 0);
      left--;
    }
    while (left > 0) {
      RelativePath directory = at.at();
      List<PathRows.NamedEntry> page = paths.names(directory, at.cursor(), left);
      boolean isInside = false;
      for (PathRows.NamedEntry each : page) {
        RelativePath path = directory.child(each.name());
        settle(path);
        left--;
        isInside = each.isDirectory();
        at = at.at(isInside ? path : directory, isInside ? 0 : each.cursor());
        if (isInside) {
          break;
        }
      }
      if (!isInside && left > 0) {
        if (directory.equals(top)) {
          return null;
        }
        RelativePath above = directory.parent().orElseThrow();
        at = at.at(above, Objects.requireNonNull(paths.placeOf(directory)).cursor());
      }
    }
    return at;
  }

  /** Does the step of a path, by either name, if it has one left. */
  private void settle(RelativePath path) throws StorageFailed {
    RenamedPaths.PendingPath waiting = head().renames == 0 ? null : renamed().waiting(path);
    if (waiting == null) {
      return;
    }
    PathState target = paths.get(waiting.to(), head());
    RenamedPath renamed = RenamedPaths.renamed(waiting, target, nextSeq(), nextSeq());
    read.remove(waiting.to());
    read.remove(waiting.state().path());
    if (renamed.arrived() != null) {
      replace(target, renamed.arrived(), null);
    }
    replace(waiting.state(), renamed.left(), null);
  }

  private void putAt(PathState after, @Nullable Inode inode) throws StorageFailed {
    PathState old = path(after.path()).orElse(null);
    read.remove(after.path());
    replace(old, after, inode);
  }

  private void replace(@Nullable PathState old, PathState after, @Nullable Inode inode)
      throws StorageFailed {
    Head head = head();
    RelativePath path = after.path();
    int length = path.toString().length();
    if (3 * length > head.longestPath) {
      head.longestPath = Math.max(head.longestPath, path.utf8().length);
    }
    long seqBefore = old == null ? 0 : old.announcedSeq();
    long seq = after.announcedSeq();
    if (seq != seqBefore && seq != 0 && (seq <= headBefore || seq > head.headSeq)) {
      throw new IllegalArgumentException(
          "sequence " + seq + " of " + path + " is not this commit's");
    }
    long rename = head.renames == 0 ? 0 : renamed().numberAt(path);
    PathRows.EntryPlace place = paths.put(changes, after, head, rename);
    if (seq != seqBefore) {
      if (seqBefore != 0) {
        feed.remove(changes, seqBefore);
      }
      if (seq != 0) {
        feed.put(changes, seq, place);
      }
    }
    count(old, -1);
    count(after, 1);
    listConflict(place, Judgement.isConflict(after));
    moveReferences(place, old, after);
    moveHold(place, hash(old), hash(after));
    noteLost(place, old, after);
    update.show(after, after.showsSameFileAs(old), inode);
    put.add(path);
  }

  private void count(@Nullable PathState state, int sign) throws StorageFailed {
    if (state == null) {
      return;
    }
    Content real = state.real() == null ? new Content.Absent() : state.real().version().content();
    boolean isReal = real instanceof Content.File;
    Totals old = head().totals;
    head().totals =
        new Totals(
            old.files() + (state.shown().content() instanceof Content.File ? sign : 0),
            old.bytes() + sign * size(state.shown().content()),
            old.realFiles() + (isReal ? sign : 0),
            old.realBytes() + sign * size(real),
            old.conflicts());
  }

  private void listConflict(PathRows.EntryPlace place, boolean isConflict) throws StorageFailed {
    Totals old = head().totals;
    boolean was = old.conflicts() > 0 && conflicts.find(place.bytes()) != null;
    if (was == isConflict) {
      return;
    }
    if (isConflict) {
      conflicts.put(changes, place.bytes(), new byte[0]);
    } else {
      conflicts.remove(changes, place.bytes());
    }
    head().totals = old.withConflicts(old.conflicts() + (isConflict ? 1 : -1));
  }

  private static long size(Content content) {
    return content instanceof Content.File file ? file.sizeBytes() : 0;
  }

  private static @Nullable ContentHash hash(@Nullable PathState state) {
    return state != null && state.shown().content() instanceof Content.File file
        ? file.hash()
        : null;
  }

  private void moveReferences(PathRows.EntryPlace place, @Nullable PathState old, PathState now)
      throws StorageFailed {
    if (head().blobs == 0) {
      return;
    }
    Set<ContentHash> current = Judgement.currentFiles(now);
    for (ContentHash hash : old == null ? Set.<ContentHash>of() : Judgement.currentFiles(old)) {
      if (!current.contains(hash)) {
        blobs.removeReference(changes, hash, place);
      }
    }
    // Also where the content stays: its blob may be younger than the path.
    for (ContentHash hash : current) {
      if (blobs.exists(hash)) {
        blobs.addReference(changes, hash, place);
      }
    }
  }

  private void moveHold(
      PathRows.EntryPlace place, @Nullable ContentHash old, @Nullable ContentHash now)
      throws StorageFailed {
    if (old == null || old.equals(now)) {
      return;
    }
    HoldRows.Hold present = holds.get(place);
    boolean ends = now == null || (present != null && present.hash().equals(now));
    long least = present == null || ends ? 0 : Math.max(0, blobs.available(present.hash()));
    if (now != null && head().blobs > 0 && blobs.available(old) >= least) {
      holds.put(changes, new HoldRows.Hold(place, old, 0));
    } else if (present != null && ends) {
      holds.remove(changes, place);
    }
  }

  private void noteLost(PathRows.EntryPlace place, @Nullable PathState old, PathState now)
      throws StorageFailed {
    if (old == null || head().blobs == 0) {
      return;
    }
    for (Content.File file : ConflictRules.lost(old, now)) {
      if (blobs.exists(file.hash())) {
        Metadata of = ConflictRules.metadata(old, file);
        lostSides.put(changes, new LostSideRows.LostAt(place, file.hash(), of.mode(), of.mtime()));
      }
    }
  }

  @Override
  public long nextSeq() throws StorageFailed {
    return ++head().headSeq;
  }

  @Override
  public void putProgress(StoreId store, long seq) {
    small.putProgress(changes, store, seq);
  }

  @Override
  public void putMark(RelativePath path, @Nullable Mark mark) throws StorageFailed {
    small.putMark(changes, path, mark);
    marked.add(path);
  }

  @Override
  public void putFinding(Finding finding) throws StorageFailed {
    small.putFinding(changes, finding);
  }

  @Override
  public void removeFinding(Finding.Key key) throws StorageFailed {
    small.removeFinding(changes, key);
  }

  @Override
  public <T> void putRow(Rows<T> row, T value) {
    small.putRow(changes, row.name(), row.encode(value));
  }

  @Override
  public void removeRow(Rows<?> row) {
    small.removeRow(changes, row.name());
  }

  @Override
  public void putTreeNode(ContentHash content, int level, long index, byte[] childHashes)
      throws StorageFailed {
    small.putTreeNode(changes, content, level, index, childHashes);
  }

  @Override
  public void removeTree(ContentHash content) throws StorageFailed {
    small.removeTree(changes, content);
  }

  @Override
  public long nextFileId() throws StorageFailed {
    return ++head().lastFileId;
  }

  @Override
  public void putBlob(BlobRow blob) throws StorageFailed {
    if (blobs.put(changes, blob)) {
      head().blobs++;
    }
  }

  @Override
  public void removeBlob(ContentHash hash) throws StorageFailed {
    if (blobs.remove(changes, hash)) {
      head().blobs--;
    }
  }

  @Override
  public void addBlobReference(ContentHash hash, RelativePath path) throws StorageFailed {
    settle(path);
    PathRows.EntryPlace place = paths.placeOf(path);
    if (place != null) {
      blobs.addReference(changes, hash, place);
    }
  }

  @Override
  public void putBlobHold(BlobHold hold) throws StorageFailed {
    PathRows.EntryPlace place = placeOf(hold);
    if (place != null) {
      holds.put(changes, new HoldRows.Hold(place, hold.hash(), hold.sinceMillis()));
    }
  }

  @Override
  public void removeBlobHold(BlobHold hold) throws StorageFailed {
    PathRows.EntryPlace place = placeOf(hold);
    if (place != null) {
      holds.remove(changes, place);
    }
  }

  /** Where the path is, if it has this hold. */
  private PathRows.@Nullable EntryPlace placeOf(BlobHold hold) throws StorageFailed {
    PathRows.EntryPlace place = paths.placeOf(hold.path());
    HoldRows.Hold present = place == null ? null : holds.get(place);
    return present != null && present.hash().equals(hold.hash()) ? place : null;
  }

  @Override
  public void removeLostSide(LostSide side) throws StorageFailed {
    PathRows.EntryPlace place = paths.placeOf(side.path());
    if (place != null) {
      lostSides.remove(changes, place, side.hash());
    }
  }
}
