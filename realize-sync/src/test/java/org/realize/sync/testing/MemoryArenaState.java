package org.realize.sync.testing;

import java.util.Set;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.BlobHold;
import org.realize.sync.port.BlobRow;
import org.realize.sync.port.Finding;
import org.realize.sync.port.LostSide;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Totals;

/** All rows of one arena as of one commit. Published states are never changed, only copied. */
final class MemoryArenaState {

  /** A visible name; {@code own} is what its own version shows, absent for an implied directory. */
  record Row(
      long inode,
      long directory,
      String name,
      long cursor,
      Content content,
      Content own,
      int mode,
      FileTime mtime,
      int living) {}

  /** A name in a directory. */
  record NameKey(long directory, String name) implements Comparable<NameKey> {
    @Override
    public int compareTo(NameKey other) {
      int order = Long.compare(directory, other.directory);
      return order != 0 ? order : name.compareTo(other.name);
    }
  }

  /** A place in a directory's listing. */
  record CursorKey(long directory, long cursor) implements Comparable<CursorKey> {
    @Override
    public int compareTo(CursorKey other) {
      int order = Long.compare(directory, other.directory);
      return order != 0 ? order : Long.compare(cursor, other.cursor);
    }
  }

  /** An inner node of a hash tree. */
  record TreeKey(ContentHash content, int level, long index) implements Comparable<TreeKey> {
    @Override
    public int compareTo(TreeKey other) {
      int order = content.compareTo(other.content);
      if (order == 0) {
        order = Integer.compare(level, other.level);
      }
      return order != 0 ? order : Long.compare(index, other.index);
    }
  }

  /** The identity of a file that lost a conflict. */
  record LostKey(RelativePath path, ContentHash hash) implements Comparable<LostKey> {
    @Override
    public int compareTo(LostKey other) {
      int byPath = path.compareTo(other.path);
      return byPath == 0 ? hash.compareTo(other.hash) : byPath;
    }
  }

  /** A finding's identity. */
  record FindingKey(Finding.Key key) implements Comparable<FindingKey> {
    @Override
    public int compareTo(FindingKey other) {
      return key.toString().compareTo(other.key.toString());
    }
  }

  final CowMap<RelativePath, PathState> paths;
  final CowMap<Long, RelativePath> feed;
  final CowMap<Long, Row> nodes;
  final CowMap<NameKey, Long> names;
  final CowMap<CursorKey, Long> cursors;
  final CowMap<StoreId, Long> progress;
  final CowMap<RelativePath, Mark> marks;
  final CowMap<FindingKey, Finding> findings;
  final CowMap<String, byte[]> rows;
  final CowMap<TreeKey, byte[]> tree;
  final CowMap<ContentHash, BlobRow> blobs;
  final CowMap<ContentHash, Set<RelativePath>> references;
  final CowMap<RelativePath, BlobHold> holds;
  final CowMap<RelativePath, RelativePath> conflicts;
  final CowMap<LostKey, LostSide> lostSides;
  Totals totals;
  long headSeq;
  long lastFileId;
  long nextInode;
  long endOfRange;

  MemoryArenaState() {
    paths = new CowMap<>();
    feed = new CowMap<>();
    nodes = new CowMap<>();
    names = new CowMap<>();
    cursors = new CowMap<>();
    progress = new CowMap<>();
    marks = new CowMap<>();
    findings = new CowMap<>();
    rows = new CowMap<>();
    tree = new CowMap<>();
    blobs = new CowMap<>();
    references = new CowMap<>();
    holds = new CowMap<>();
    conflicts = new CowMap<>();
    lostSides = new CowMap<>();
    totals = Totals.NONE;
  }

  private MemoryArenaState(MemoryArenaState other) {
    paths = other.paths.copy();
    feed = other.feed.copy();
    nodes = other.nodes.copy();
    names = other.names.copy();
    cursors = other.cursors.copy();
    progress = other.progress.copy();
    marks = other.marks.copy();
    findings = other.findings.copy();
    rows = other.rows.copy();
    tree = other.tree.copy();
    blobs = other.blobs.copy();
    references = other.references.copy();
    holds = other.holds.copy();
    conflicts = other.conflicts.copy();
    lostSides = other.lostSides.copy();
    totals = other.totals;
    headSeq = other.headSeq;
    lastFileId = other.lastFileId;
    nextInode = other.nextInode;
    endOfRange = other.endOfRange;
  }

  MemoryArenaState copy() {
    return new MemoryArenaState(this);
  }
}
