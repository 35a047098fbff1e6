package org.realize.store.arena;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.realize.store.journal.RowKey;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The states of all known paths. Every directory that holds one has a number and a packed map from
 * the names in it to their states; an entry says too which directory number the name itself has.
 * Neither entries nor numbers ever go away, since tombstones are kept; so (number, cursor) names a
 * path for ever. Confined to its thread.
 *
 * <p>Costs: one look-up per level of the path.
 */
final class PathRows {
  /** The number of the arena's root directory. */
  static final long ROOT_DIRECTORY = 1;

  /** The cursor of the root itself, which no directory holds. */
  static final EntryPlace ROOT = new EntryPlace(ROOT_DIRECTORY, 0);

  private static final byte VERSION = 1;
  private static final int WITH_STATE = 1;
  private static final int WITH_DIRECTORY = 2;
  private static final int WITH_RENAME = 4;

  private final RowSource rows;
  private final int arena;

  /** The directory that was asked for last, as most paths of a batch lie in it, and its number. */
  private RelativePath lastDirectory = RelativePath.ROOT;

  private long lastNumber = ROOT_DIRECTORY;

  /** The permanent position of a path's entry. */
  record EntryPlace(long directory, long cursor) {

    /** As {@link #bytes} made it. */
    static EntryPlace of(ByteBuffer in) {
      return new EntryPlace(in.getLong(), in.getLong());
    }

    /** As the name of an entry of other rows. */
    byte[] bytes() {
      return ByteBuffer.allocate(16).putLong(directory).putLong(cursor).array();
    }
  }

  /**
   * An entry: its state, if anything but paths below it is known, its own directory, and the last
   * rename of a directory above it that it was put after.
   */
  private static final class PathEntry {
    private final long directory;
    private final byte @Nullable [] state;
    private final long rename;

    PathEntry(long directory, byte @Nullable [] state, long rename) {
      this.directory = directory;
      this.state = state;
      this.rename = rename;
    }

    long rename() {
      return rename;
    }

    long directory() {
      return directory;
    }

    byte @Nullable [] state() {
      return state;
    }

    static PathEntry of(byte[] payload) {
      RowDecoder in = new RowDecoder(payload);
      int flags = in.getByte();
      long directory = (flags & WITH_DIRECTORY) != 0 ? in.getNumber() : 0;
      long rename = (flags & WITH_RENAME) != 0 ? in.getNumber() : 0;
      return new PathEntry(directory, (flags & WITH_STATE) != 0 ? in.getRest() : null, rename);
    }

    byte[] payload() {
      int flags = (state == null ? 0 : WITH_STATE) | (directory == 0 ? 0 : WITH_DIRECTORY);
      flags |= rename == 0 ? 0 : WITH_RENAME;
      RowEncoder out = new RowEncoder().putByte(flags);
      if (directory != 0) {
        out.putNumber(directory);
      }
      if (rename != 0) {
        out.putNumber(rename);
      }
      return state == null ? out.toBytes() : out.putRaw(state).toBytes();
    }
  }

  PathRows(RowSource rows, int arena) {
    this.rows = rows;
    this.arena = arena;
  }

  private PackedMap directory(long number) {
    return new PackedMap(rows, bucket -> RowKey.of(Family.PATH, arena, number, bucket));
  }

  private RowKey parentKey(long number) {
    return RowKey.of(Family.DIRECTORY, arena, number, 0);
  }

  private RowKey rootKey() {
    return RowKey.of(Family.DIRECTORY, arena, ROOT_DIRECTORY, 1);
  }

  private static byte[] utf8(String name) {
    return name.getBytes(StandardCharsets.UTF_8);
  }

  /** The number of a directory; 0 if nothing is known below it. */
  private long numberOf(RelativePath path) throws StorageFailed {
    if (path.equals(lastDirectory)) {
      return lastNumber;
    }
    long number = ROOT_DIRECTORY;
    for (String part : path.parts()) {
      Bucket.BucketSlot slot = directory(number).find(utf8(part));
      number = slot == null ? 0 : PathEntry.of(slot.payload()).directory();
      if (number == 0) {
        return 0;
      }
    }
    lastDirectory = path;
    lastNumber = number;
    return number;
  }

  @Nullable PathState get(RelativePath path, Head head) throws StorageFailed {
    if (path.isRoot()) {
      byte[] row = rows.get(rootKey());
      return row == null ? null : StateCodec.read(RowDecoder.ofRow(row, VERSION), path, head);
    }
    long number = numberOf(path.parent().orElseThrow());
    Bucket.BucketSlot slot = number == 0 ? null : directory(number).find(utf8(path.name()));
    return slot == null ? null : state(slot, path, head);
  }

  /** As {@link #get}, if it was put before a rename of a directory above it. */
  @Nullable PathState getBefore(RelativePath path, Head head, long rename) throws StorageFailed {
    long number = numberOf(path.parent().orElseThrow());
    Bucket.BucketSlot slot = number == 0 ? null : directory(number).find(utf8(path.name()));
    return slot == null || PathEntry.of(slot.payload()).rename() >= rename
        ? null
        : state(slot, path, head);
  }

  /** A name of a directory; {@code isDirectory} if anything is known below it. */
  record NamedEntry(String name, long cursor, boolean isDirectory) {}

  /** Names in a directory after {@code cursor}, at most {@code max}. */
  List<NamedEntry> names(RelativePath path, long cursor, int max) throws StorageFailed {
    long number = numberOf(path);
    List<NamedEntry> names = new ArrayList<>();
    for (Bucket.BucketSlot slot :
        number == 0 ? List.<Bucket.BucketSlot>of() : directory(number).list(cursor, max)) {
      String name = new String(slot.name(), StandardCharsets.UTF_8);
      boolean isDirectory = PathEntry.of(slot.payload()).directory() != 0;
      names.add(new NamedEntry(name, slot.cursor(), isDirectory));
    }
    return names;
  }

  private static @Nullable PathState state(Bucket.BucketSlot slot, RelativePath path, Head head) {
    byte[] state = PathEntry.of(slot.payload()).state();
    return state == null ? null : StateCodec.read(new RowDecoder(state), path, head);
  }

  /** Where a path's entry lies; null if nothing is known of it. */
  @Nullable EntryPlace placeOf(RelativePath path) throws StorageFailed {
    if (path.isRoot()) {
      return ROOT;
    }
    long number = numberOf(path.parent().orElseThrow());
    Bucket.BucketSlot slot = number == 0 ? null : directory(number).find(utf8(path.name()));
    return slot == null ? null : new EntryPlace(number, slot.cursor());
  }

  /** The state at a place that was given for one. */
  PathState get(EntryPlace place, Head head) throws StorageFailed {
    RelativePath path = pathOf(place);
    PathState state =
        place.equals(ROOT)
            ? get(path, head)
            : state(
                Objects.requireNonNull(directory(place.directory()).at(place.cursor())),
                path,
                head);
    return Objects.requireNonNull(state);
  }

  RelativePath pathOf(EntryPlace place) throws StorageFailed {
    if (place.equals(ROOT)) {
      return RelativePath.ROOT;
    }
    Bucket.BucketSlot slot =
        Objects.requireNonNull(directory(place.directory()).at(place.cursor()));
    String path = new String(slot.name(), StandardCharsets.UTF_8);
    for (long number = place.directory(); number != ROOT_DIRECTORY; ) {
      RowDecoder in =
          RowDecoder.ofRow(Objects.requireNonNull(rows.get(parentKey(number))), VERSION);
      number = in.getNumber();
      path = in.getText() + "/" + path;
    }
    return RelativePath.of(path);
  }

  SortedMap<String, PathState> children(RelativePath path, Head head) throws StorageFailed {
    SortedMap<String, PathState> children = new TreeMap<>();
    long number = numberOf(path);
    if (number != 0) {
      for (Bucket.BucketSlot slot : directory(number).list(0, Integer.MAX_VALUE)) {
        String name = new String(slot.name(), StandardCharsets.UTF_8);
        PathState state = state(slot, path.child(name), head);
        if (state != null) {
          children.put(name, state);
        }
      }
    }
    return children;
  }

  /**
   * Stores a state; returns its place.
   *
   * @param rename of a directory above the path, that it is put after; 0 for none
   */
  EntryPlace put(RowChanges changes, PathState state, Head head, long rename) throws StorageFailed {
    RowEncoder out = new RowEncoder();
    RelativePath path = state.path();
    if (path.isRoot()) {
      out.putByte(VERSION);
      StateCodec.write(out, state, head);
      changes.put(rootKey(), out.toBytes());
      return ROOT;
    }
    StateCodec.write(out, state, head);
    long number = makeDirectory(changes, path.parent().orElseThrow(), head);
    byte[] name = utf8(path.name());
    Bucket.BucketSlot present = directory(number).find(name);
    long own = present == null ? 0 : PathEntry.of(present.payload()).directory();
    byte[] payload = new PathEntry(own, out.toBytes(), rename).payload();
    return new EntryPlace(number, directory(number).put(changes, name, payload));
  }

  private long makeDirectory(RowChanges changes, RelativePath path, Head head)
      throws StorageFailed {
    long number = ROOT_DIRECTORY;
    for (String part : path.parts()) {
      byte[] name = utf8(part);
      Bucket.BucketSlot slot = directory(number).find(name);
      PathEntry entry = slot == null ? new PathEntry(0, null, 0) : PathEntry.of(slot.payload());
      long next = entry.directory();
      if (next == 0) {
        next = ++head.lastDirectory;
        PathEntry made = new PathEntry(next, entry.state(), entry.rename());
        directory(number).put(changes, name, made.payload());
        RowEncoder parent = new RowEncoder().putByte(VERSION).putNumber(number).putText(part);
        changes.put(parentKey(next), parent.toBytes());
      }
      number = next;
    }
    return number;
  }

  /** A walk over states in path order, until so many are found. */
  private static final class StateWalk {
    private final RelativePath after;
    private final Predicate<PathState> wanted;
    private final Consumer<PathState> found;
    private int left;

    StateWalk(RelativePath after, int max, Predicate<PathState> wanted, Consumer<PathState> found) {
      this.after = after;
      this.left = max;
      this.wanted = wanted;
      this.found = found;
    }

    boolean isAfter(RelativePath path) {
      return path.compareTo(after) > 0;
    }

    /** True if anything below {@code directory} may come after the start. */
    boolean isBelowAfter(RelativePath directory) {
      String prefix = directory + "/";
      return prefix.compareTo(after.toString()) > 0 || after.toString().startsWith(prefix);
    }

    void take(@Nullable PathState state) {
      if (state != null && wanted.test(state)) {
        found.accept(state);
        left--;
      }
    }
  }

  /** Finds the states after {@code after}, in path order, that are wanted, at most {@code max}. */
  void walk(
      RelativePath after,
      int max,
      Head head,
      Predicate<PathState> wanted,
      Consumer<PathState> found)
      throws StorageFailed {
    StateWalk walk = new StateWalk(after, max, wanted, found);
    Deque<OpenDirectory> open = new ArrayDeque<>(); // no recursion: a path has up to 2,048 parts
    open.push(open(ROOT_DIRECTORY, RelativePath.ROOT));
    while (!open.isEmpty() && walk.left > 0) {
      OpenDirectory directory = open.getFirst();
      if (!directory.left().hasNext()) {
        open.pop();
        continue;
      }
      Map.Entry<String, Bucket.BucketSlot> entry = directory.left().next();
      String key = entry.getKey();
      boolean below = key.endsWith("/");
      RelativePath path = directory.path().child(below ? key.substring(0, key.length() - 1) : key);
      if (below) {
        long next = PathEntry.of(entry.getValue().payload()).directory();
        if (next != 0 && walk.isBelowAfter(path)) {
          open.push(open(next, path));
        }
      } else if (walk.isAfter(path)) {
        walk.take(state(entry.getValue(), path, head));
      }
    }
  }

  /** A directory of a walk, and what of it was not walked yet. */
  private record OpenDirectory(
      RelativePath path, Iterator<Map.Entry<String, Bucket.BucketSlot>> left) {}

  /**
   * Opens a directory in path order, which is not the order of names: what lies below {@code a}
   * stands where {@code a/} would, so after {@code a!}.
   */
  private OpenDirectory open(long number, RelativePath path) throws StorageFailed {
    TreeMap<String, Bucket.BucketSlot> order = new TreeMap<>();
    for (Bucket.BucketSlot slot : directory(number).list(0, Integer.MAX_VALUE)) {
      String name = new String(slot.name(), StandardCharsets.UTF_8);
      order.put(name, slot);
      order.put(name + "/", slot);
    }
    return new OpenDirectory(path, order.entrySet().iterator());
  }
}
