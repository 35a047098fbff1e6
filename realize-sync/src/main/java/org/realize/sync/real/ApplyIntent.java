package org.realize.sync.real;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.real.Trash.TrashSlot;

/**
 * A durable note that a name is about to change: enough to finish or take back the change in
 * another life.
 *
 * @param file the place of what is made and then of what had the name: a slot of the trash where
 *     that is a user's file, else below the partial files ({@link Staging}); the directory itself
 *     of {@link Kind#UNLOCK}
 * @param sides the names that change: of a rename the old one first; a new directory that stays
 *     writable for the changes in it has a second side, as it is then
 */
record ApplyIntent(Kind kind, RelativePath file, List<Side> sides) {
  private static final Rows<List<ApplyIntent>> INTENTS =
      Rows.ofLists("real.changes", 1, ApplyIntent::encode, ApplyIntent::decode);

  /** The way in which a name changes. */
  enum Kind {
    /** What waits gets the name; a file that had it goes into the slot. */
    PUT,
    /** What has the name goes into the slot, a directory below the partial files. */
    REMOVE,
    RENAME,
    SET_ATTRIBUTES,
    /** A directory is writable, as {@code before}, for the changes in it, and then as after. */
    UNLOCK
  }

  /**
   * One name.
   *
   * @param before what was indexed there; null where nothing was
   * @param after what is there once the change is made; null where nothing is
   * @param version that is then the real one; null where it stays
   */
  record Side(
      RelativePath path,
      @Nullable Likeness before,
      @Nullable Likeness after,
      @Nullable Version version) {

    boolean was(FileStat now) {
      return before != null && before.is(now);
    }

    boolean isMade(FileStat now) {
      return after != null && after.is(now);
    }

    /** True if it is what was made, whatever a program has done to it since. */
    boolean isMadeInode(FileStat now) {
      return after != null && after.isInode(now);
    }
  }

  ApplyIntent {
    sides = List.copyOf(sides);
  }

  Side first() {
    return sides.getFirst();
  }

  RelativePath path() {
    return first().path();
  }

  /** The name in the trash that is reserved until the intent ends. */
  Optional<TrashSlot> slot() {
    return TrashSlot.at(file);
  }

  List<RelativePath> names() {
    return sides.stream().map(Side::path).distinct().toList();
  }

  /** True where {@code file} is below the partial files. */
  boolean waitsInStaging() {
    return (kind == Kind.PUT || kind == Kind.REMOVE) && slot().isEmpty();
  }

  /** True for a removal of a directory. */
  boolean removesDirectory() {
    Likeness before = first().before();
    return kind == Kind.REMOVE && before != null && before.kind() == FileStat.Kind.DIRECTORY;
  }

  /** True if {@code now}, at the first name, is as it is to be. */
  boolean isMade(FileStat now) {
    return sides.stream().anyMatch(side -> side.path().equals(path()) && side.isMade(now));
  }

  /** True if {@code now}, at any of the names, is as the change leaves it, or has it meanwhile. */
  boolean hasMade(RelativePath name, FileStat now) {
    return sides.stream()
        .filter(side -> side.path().equals(name))
        .anyMatch(side -> side.isMade(now) || (kind == Kind.UNLOCK && side.was(now)));
  }

  /** The version of what is made at a name, if that is {@code now}. */
  Optional<Version> made(RelativePath name, FileStat now) {
    return sides.stream()
        .filter(side -> side.path().equals(name) && side.isMade(now))
        .flatMap(side -> Stream.ofNullable(side.version()))
        .findFirst();
  }

  /** All intents that were not concluded; the caller's own. */
  static List<ApplyIntent> read(ArenaReader reader) throws StorageFailed {
    Optional<List<ApplyIntent>> intents = reader.row(INTENTS);
    return new ArrayList<>(intents.orElse(List.of()));
  }

  static void add(ArenaWriter writer, List<ApplyIntent> begun) throws StorageFailed {
    List<ApplyIntent> intents = read(writer);
    intents.addAll(begun);
    writer.putRow(INTENTS, intents);
  }

  /** Ends intents; that of a directory stays while others are left of it or of names in it. */
  static void remove(ArenaWriter writer, Set<ApplyIntent> ended) throws StorageFailed {
    List<ApplyIntent> intents = read(writer);
    Set<RelativePath> unlocked = new HashSet<>();
    for (ApplyIntent each : intents) {
      if (each.kind != Kind.UNLOCK && !ended.contains(each)) {
        each.names().forEach(name -> unlocked.add(OwnDirectories.parent(name)));
        unlocked.addAll(each.names());
      }
    }
    intents.removeIf(each ->
        ended.contains(each) && (each.kind != Kind.UNLOCK || !unlocked.contains(each.path())));
    if (intents.isEmpty()) {
      writer.removeRow(INTENTS);
    } else {
      writer.putRow(INTENTS, intents);
    }
  }

  private static void encode(RowEncoder out, ApplyIntent intent) {
    out.putText(intent.kind.name());
    out.putNumber(intent.slot().map(TrashSlot::id).orElse(0L)).putPath(intent.file);
    out.putEach(
        intent.sides,
        (row, side) -> {
          row.putPath(side.path);
          row.putOptional(side.before, ApplyIntent::encode);
          row.putOptional(side.after, ApplyIntent::encode);
          row.putOptional(side.version, RowEncoder::putVersion);
        });
  }

  private static ApplyIntent decode(RowDecoder in) {
    Kind kind = Kind.valueOf(in.getText());
    long ignored = in.getNumber(); // of the slot, which its path has, too
    RelativePath file = in.getPath();
    List<Side> sides =
        in.getEach(row ->
            new Side(
                row.getPath(),
                row.getOptional(ApplyIntent::likeness),
                row.getOptional(ApplyIntent::likeness),
                row.getOptional(RowDecoder::getVersion)));
    return new ApplyIntent(kind, file, sides);
  }

  private static void encode(RowEncoder out, Likeness file) {
    out.putText(file.kind().name()).putNumber(file.sizeBytes());
    out.putTime(file.mtime()).putNumber(file.mode()).putLong(file.fileKey());
  }

  private static Likeness likeness(RowDecoder in) {
    return new Likeness(
        FileStat.Kind.valueOf(in.getText()),
        in.getNumber(),
        in.getTime(),
        in.getInt(),
        in.getLong());
  }
}
