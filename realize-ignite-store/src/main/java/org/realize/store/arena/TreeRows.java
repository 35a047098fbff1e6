package org.realize.store.arena;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.Content;
import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Listed;
import org.realize.sync.port.Node;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The visible tree: per directory, known by its inode, a packed map from names to nodes, and per
 * inode the place of its name. Confined to its thread.
 *
 * <p>Costs: a child one bucket row; an inode one page row more; a path one of each per level.
 */
final class TreeRows {
  /** The mode of a directory that is there only because of what lies below it. */
  static final int IMPLIED_MODE = 0755;

  private static final int OWN_UNIT = 4;

  private final RowSource rows;
  private final int arena;
  private final PairPages places;

  /**
   * The content of a name's own version, which is not the visible one where something lies below.
   */
  enum Own {
    /** Nothing: the name is visible because of what lies below it. */
    ABSENT,
    /** A directory. */
    DIRECTORY,
    /** A file or a link. */
    OTHER;

    static Own of(Content content) {
      return switch (content) {
        case Content.Absent _ -> ABSENT;
        case Content.Directory _ -> DIRECTORY;
        case Content.File _, Content.Link _ -> OTHER;
      };
    }
  }

  /** A visible name and its own version's kind. */
  record ShownName(Node node, Own own) {}

  TreeRows(RowSource rows, int arena) {
    this.rows = rows;
    this.arena = arena;
    this.places = new PairPages(rows, Family.INODE, arena);
  }

  private PackedMap directory(long inode) {
    return new PackedMap(rows, bucket -> RowKey.of(Family.TREE, arena, inode, bucket));
  }

  private static byte[] utf8(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  private static ShownName shown(long directory, Bucket.BucketSlot slot) {
    RowDecoder in = new RowDecoder(slot.payload());
    int first = in.getByte();
    Content content = StateCodec.readContent(in, first);
    Node node =
        new Node(
            new Inode(in.getNumber()),
            new Inode(directory),
            new String(slot.name(), StandardCharsets.UTF_8),
            content,
            in.getInt(),
            in.getTime());
    return new ShownName(node, Codes.own(first / OWN_UNIT));
  }

  private static byte[] payload(ShownName shown) {
    RowEncoder out = new RowEncoder();
    Node node = shown.node();
    StateCodec.writeContent(out, node.content(), Codes.of(shown.own()) * OWN_UNIT);
    out.putNumber(node.inode().value()).putNumber(node.mode());
    out.putTime(node.mtime());
    return out.toBytes();
  }

  @Nullable ShownName child(long directory, String name) throws StorageFailed {
    Bucket.BucketSlot slot = directory(directory).find(utf8(name));
    return slot == null ? null : shown(directory, slot);
  }

  /** The name of an inode other than the root. */
  @Nullable ShownName node(long inode) throws StorageFailed {
    PairPages.Pair place = places.get(inode);
    Bucket.BucketSlot slot = place == null ? null : directory(place.first()).at(place.second());
    return place == null || slot == null ? null : shown(place.first(), slot);
  }

  /** The path of an inode; null if it is not visible. */
  @Nullable RelativePath pathOf(long inode, long root) throws StorageFailed {
    String path = "";
    for (long at = inode; at != root; ) {
      ShownName shown = node(at);
      if (shown == null) {
        return null;
      }
      String name = shown.node().name();
      path = path.isEmpty() ? name : name + "/" + path;
      at = shown.node().directory().value();
    }
    return RelativePath.of(path);
  }

  List<Listed> list(long directory, long cursor, int max) throws StorageFailed {
    List<Listed> listed = new ArrayList<>();
    for (Bucket.BucketSlot slot : directory(directory).list(cursor, max)) {
      listed.add(new Listed(slot.cursor(), shown(directory, slot).node()));
    }
    return listed;
  }

  /** The number of visible children. */
  long living(long directory) throws StorageFailed {
    return directory(directory).size();
  }

  /** Shows a node at its name; the one that was there before, if any, gives up its inode. */
  void put(RowChanges changes, @Nullable Node before, ShownName after) throws StorageFailed {
    Node node = after.node();
    long inode = node.inode().value();
    long parent = node.directory().value();
    long cursor = directory(parent).put(changes, utf8(node.name()), payload(after));
    if (before == null || !before.inode().equals(node.inode())) {
      if (before != null) {
        places.clear(changes, before.inode().value());
      }
      places.set(changes, inode, parent, cursor);
    }
  }

  void remove(RowChanges changes, Node node) throws StorageFailed {
    directory(node.directory().value()).remove(changes, utf8(node.name()));
    places.clear(changes, node.inode().value());
  }
}
