package org.realize.sync.real;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
 * @param slot the place in the trash of what is made, and then of what had the name
 * @param sides the names that change: of a rename the old one first
 */
record ApplyIntent(Kind kind, TrashSlot slot, List<Side> sides) {
  private static final Rows<List<ApplyIntent>> INTENTS =
      Rows.ofLists("real.changes", 1, ApplyIntent::encode, ApplyIntent::decode);

  /** The way in which a name changes. */
  enum Kind {
    /** What waits in the slot gets the name; a file that had it goes into the slot. */
    PUT,
    /** What has the name goes into the slot. */
    REMOVE,
    RENAME,
    SET_ATTRIBUTES
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

  /** All intents that were not concluded; the caller's own. */
  static List<ApplyIntent> read(ArenaReader reader) throws StorageFailed {
    Optional<List<ApplyIntent>> intents = reader.row(INTENTS);
    return new ArrayList<>(intents.orElse(List.of()));
  }

  void add(ArenaWriter writer) throws StorageFailed {
    List<ApplyIntent> intents = read(writer);
    intents.add(this);
    write(writer, intents);
  }

  void remove(ArenaWriter writer) throws StorageFailed {
    List<ApplyIntent> intents = read(writer);
    if (intents.remove(this)) {
      write(writer, intents);
    }
  }

  private static void write(ArenaWriter writer, List<ApplyIntent> intents) throws StorageFailed {
    if (intents.isEmpty()) {
      writer.removeRow(INTENTS);
    } else {
      writer.putRow(INTENTS, intents);
    }
  }

  private static void encode(RowEncoder out, ApplyIntent intent) {
    out.putText(intent.kind.name()).putNumber(intent.slot.id()).putPath(intent.slot.file());
    out.putEach(
        intent.sides,
        (row, side) -> {
          row.putPath(side.path);
          row.putOptional(side.before, ApplyIntent::encode);
          row.putOptional(side.after, ApplyIntent::encode);
          row.putOptional(side.version, VersionRows::encode);
        });
  }

  private static ApplyIntent decode(RowDecoder in) {
    Kind kind = Kind.valueOf(in.getText());
    TrashSlot slot = new TrashSlot(in.getNumber(), in.getPath());
    List<Side> sides =
        in.getEach(row ->
            new Side(
                row.getPath(),
                row.getOptional(ApplyIntent::likeness),
                row.getOptional(ApplyIntent::likeness),
                row.getOptional(VersionRows::decode)));
    return new ApplyIntent(kind, slot, sides);
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
