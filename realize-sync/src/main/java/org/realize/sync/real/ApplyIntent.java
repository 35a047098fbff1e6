package org.realize.sync.real;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.real.Trash.Slot;

/**
 * A durable note that a file is about to be replaced: enough to finish or take back the replacement
 * in another life.
 *
 * @param slot the place in the trash of the new file, and then of the old one
 * @param made the new file, exactly as Realize made it
 * @param indexed the old file
 * @param arrived the content of the new file; null for that of the old one
 */
record ApplyIntent(
    RelativePath path, Slot slot, Likeness made, Likeness indexed, @Nullable ContentHash arrived) {
  private static final Rows<List<ApplyIntent>> INTENTS =
      Rows.ofLists("real.intents", 2, ApplyIntent::encode, ApplyIntent::decode);

  /** All intents that were not concluded; the caller's own. */
  static List<ApplyIntent> read(ArenaReader reader) throws StorageFailed {
    Optional<List<ApplyIntent>> intents = reader.row(INTENTS);
    return new ArrayList<>(intents.orElse(List.of()));
  }

  /** True if the new file is this version. */
  boolean brought(Version version) {
    return version.content() instanceof Content.File file && file.hash().equals(arrived);
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
    out.putPath(intent.path).putNumber(intent.slot.id()).putPath(intent.slot.file());
    encode(out, intent.made);
    encode(out, intent.indexed);
    out.putEach(intent.arrived == null ? List.of() : List.of(intent.arrived), RowEncoder::putHash);
  }

  private static ApplyIntent decode(RowDecoder in) {
    return new ApplyIntent(
        in.getPath(),
        new Slot(in.getNumber(), in.getPath()),
        likeness(in),
        likeness(in),
        in.getEach(RowDecoder::getHash).stream().findFirst().orElse(null));
  }

  private static void encode(RowEncoder out, Likeness file) {
    out.putText(file.kind().name()).putNumber(file.sizeBytes());
    out.putTime(file.mtime()).putNumber(file.mode()).putLong(file.fileKey());
  }

  private static Likeness likeness(RowDecoder in) {
    return new Likeness(
        Kind.valueOf(in.getText()), in.getNumber(), in.getTime(), in.getInt(), in.getLong());
  }
}
