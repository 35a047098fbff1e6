package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.Finding;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * Five small families of an arena's rows: how far each peer's feed is read, marks (all in one row),
 * findings, the callers' own rows, and nodes of hash trees. A read sees the changes that the same
 * transaction has put. Confined to the thread of its transaction.
 */
final class SmallRows {
  private static final byte VERSION = 1;

  private final RowSource rows;
  private final int arena;
  private final PackedMap findings;

  SmallRows(RowSource rows, int arena) {
    this.rows = rows;
    this.arena = arena;
    this.findings = new PackedMap(rows, bucket -> RowKey.of(Family.FINDING, arena, 0, bucket));
  }

  // ---- progress

  private RowKey progressKey(StoreId store) {
    long high = store.value().getMostSignificantBits();
    long low = store.value().getLeastSignificantBits();
    byte[] bytes = ByteBuffer.allocate(16).putLong(high).putLong(low).array();
    return RowKey.of(Family.PROGRESS, arena, bytes);
  }

  long progress(StoreId store) throws StorageFailed {
    byte[] row = rows.get(progressKey(store));
    return row == null ? 0 : RowDecoder.ofRow(row, VERSION).getNumber();
  }

  void putProgress(RowChanges changes, StoreId store, long seq) {
    changes.put(progressKey(store), new RowEncoder().putByte(VERSION).putNumber(seq).toBytes());
  }

  // ---- marks

  private RowKey marksKey() {
    return RowKey.of(Family.MARKS, arena, 0, 0);
  }

  SortedMap<RelativePath, Mark> marks() throws StorageFailed {
    byte[] row = rows.get(marksKey());
    if (row == null) {
      return Collections.emptySortedMap();
    }
    RowDecoder in = RowDecoder.ofRow(row, VERSION);
    SortedMap<RelativePath, Mark> marks = new TreeMap<>();
    for (int left = in.getInt(); left > 0; left--) {
      Mark mark = Codes.mark(in.getByte());
      marks.put(RelativePath.of(in.getText()), mark);
    }
    return Collections.unmodifiableSortedMap(marks);
  }

  /** Sets the mark of a path; null removes it. */
  void putMark(RowChanges changes, RelativePath path, @Nullable Mark mark) throws StorageFailed {
    Map<RelativePath, Mark> marks = new TreeMap<>(marks());
    if (mark == null) {
      marks.remove(path);
    } else {
      marks.put(path, mark);
    }
    RowEncoder out = new RowEncoder().putByte(VERSION).putNumber(marks.size());
    marks.forEach((marked, as) -> out.putByte(Codes.of(as)).putText(marked.toString()));
    changes.put(marksKey(), out.toBytes());
  }

  // ---- findings

  private static byte[] findingName(Finding.Key key) {
    return new RowEncoder()
        .putByte(Codes.of(key.kind()))
        .putByte(Codes.of(key.source().part()))
        .putText(key.source().peer())
        .putRaw(key.subject().getBytes(StandardCharsets.UTF_8))
        .toBytes();
  }

  List<Finding> findings(int max) throws StorageFailed {
    List<Finding> found = new ArrayList<>();
    for (Bucket.BucketSlot slot : findings.list(0, max)) {
      RowDecoder name = new RowDecoder(slot.name());
      Finding.FindingKind kind = Codes.findingKind(name.getByte());
      Finding.Part part = Codes.findingPart(name.getByte());
      Finding.FindingSource source = new Finding.FindingSource(part, name.getText());
      String subject = new String(name.getRest(), StandardCharsets.UTF_8);
      RowDecoder in = new RowDecoder(slot.payload());
      long since = in.getSigned();
      found.add(new Finding(kind, source, subject, in.getText(), since));
    }
    return found;
  }

  void putFinding(RowChanges changes, Finding finding) throws StorageFailed {
    RowEncoder out = new RowEncoder().putSigned(finding.sinceMillis()).putText(finding.cause());
    findings.put(changes, findingName(finding.key()), out.toBytes());
  }

  void removeFinding(RowChanges changes, Finding.Key key) throws StorageFailed {
    findings.remove(changes, findingName(key));
  }

  // ---- the callers' own rows

  private RowKey callerKey(String name) {
    return RowKey.of(Family.CALLER, arena, name.getBytes(StandardCharsets.UTF_8));
  }

  byte @Nullable [] row(String name) throws StorageFailed {
    return rows.get(callerKey(name));
  }

  void putRow(RowChanges changes, String name, byte[] value) {
    changes.put(callerKey(name), value);
  }

  void removeRow(RowChanges changes, String name) {
    changes.remove(callerKey(name));
  }

  // ---- hash trees

  private RowKey treeNodeKey(ContentHash content, int level, long index) {
    byte[] bytes =
        ByteBuffer.allocate(41).put(content.bytes()).put((byte) level).putLong(index).array();
    return RowKey.of(Family.TREE_NODE, arena, bytes);
  }

  private RowKey levelsKey(ContentHash content) {
    return RowKey.of(Family.TREE_LEVELS, arena, content.bytes());
  }

  byte @Nullable [] treeNode(ContentHash content, int level, long index) throws StorageFailed {
    byte[] row = rows.get(treeNodeKey(content, level, index));
    return row == null ? null : RowDecoder.ofRow(row, VERSION).getRest();
  }

  /** For each level, from 1: the highest index of a node that was ever stored, plus one. */
  private List<Long> levels(ContentHash content) throws StorageFailed {
    List<Long> levels = new ArrayList<>();
    byte[] row = rows.get(levelsKey(content));
    if (row != null) {
      RowDecoder in = RowDecoder.ofRow(row, VERSION);
      for (int left = in.getInt(); left > 0; left--) {
        levels.add(in.getNumber());
      }
    }
    return levels;
  }

  void putTreeNode(RowChanges changes, ContentHash content, int level, long index, byte[] node)
      throws StorageFailed {
    byte[] value = new RowEncoder().putByte(VERSION).putRaw(node).toBytes();
    changes.put(treeNodeKey(content, level, index), value);
    List<Long> levels = levels(content);
    while (levels.size() < level) {
      levels.add(0L);
    }
    if (levels.get(level - 1) <= index) {
      levels.set(level - 1, index + 1);
      RowEncoder out = new RowEncoder().putByte(VERSION).putNumber(levels.size());
      levels.forEach(out::putNumber);
      changes.put(levelsKey(content), out.toBytes());
    }
  }

  void removeTree(RowChanges changes, ContentHash content) throws StorageFailed {
    List<Long> levels = levels(content);
    for (int level = 1; level <= levels.size(); level++) {
      for (long index = 0; index < levels.get(level - 1); index++) {
        changes.remove(treeNodeKey(content, level, index));
      }
    }
    changes.remove(levelsKey(content));
  }
}
