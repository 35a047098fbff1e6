package org.realize.sync.real;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TreeRename;
import org.realize.sync.real.Trash.TrashSlot;

/**
 * A durable note that a directory is about to leave its name with all that is in it: enough to
 * finish the change in another life, since what was indexed below it is in the index.
 *
 * @param path of the directory
 * @param target its other name, or its slot of the trash
 * @param fileKey of the directory
 * @param isJudged what is in the slot was found to be what was indexed, and is being committed
 * @param rename a program's call, which takes along what is not on the disk too; null if it is no
 *     program's
 */
record TreeIntent(
    RelativePath path,
    RelativePath target,
    long fileKey,
    boolean isJudged,
    @Nullable TreeRename rename) {
  private static final int JUDGED = 1;
  private static final int BY_PROGRAM = 2;

  private static final Rows<List<TreeIntent>> INTENTS =
      Rows.ofLists("real.trees", 1, TreeIntent::encode, TreeIntent::decode);

  /** The name in the trash that is reserved until the intent of a removal ends. */
  Optional<TrashSlot> slot() {
    return TrashSlot.at(target);
  }

  boolean isRemoval() {
    return slot().isPresent();
  }

  /** The directories that change with all that is below them. */
  List<RelativePath> tops() {
    return isRemoval() ? List.of(path) : List.of(path, target);
  }

  boolean covers(RelativePath name) {
    return path.contains(name) || (!isRemoval() && target.contains(name));
  }

  /** The new name of what was at {@code below}, at or below the old one; empty if too long. */
  Optional<RelativePath> moved(RelativePath below) {
    String name = target + below.toString().substring(path.toString().length());
    try {
      return Optional.of(RelativePath.of(name));
    } catch (IllegalArgumentException tooLong) {
      return Optional.empty();
    }
  }

  /** All intents that were not concluded; the caller's own. */
  static List<TreeIntent> read(ArenaReader reader) throws StorageFailed {
    return new ArrayList<>(reader.row(INTENTS).orElse(List.of()));
  }

  static void add(ArenaWriter writer, List<TreeIntent> begun) throws StorageFailed {
    List<TreeIntent> intents = read(writer);
    intents.addAll(begun);
    put(writer, intents);
  }

  static void judged(ArenaWriter writer, Set<TreeIntent> judged) throws StorageFailed {
    List<TreeIntent> intents = read(writer);
    intents.replaceAll(each ->
        judged.contains(each)
            ? new TreeIntent(each.path, each.target, each.fileKey, true, each.rename)
            : each);
    put(writer, intents);
  }

  /** Ends intents, whether judged or not. */
  static void remove(ArenaWriter writer, Set<TreeIntent> ended) throws StorageFailed {
    List<TreeIntent> intents = read(writer);
    intents.removeIf(each -> ended.stream().anyMatch(each::isSame));
    put(writer, intents);
  }

  private boolean isSame(TreeIntent other) {
    return path.equals(other.path) && target.equals(other.target);
  }

  private static void put(ArenaWriter writer, List<TreeIntent> intents) throws StorageFailed {
    if (intents.isEmpty()) {
      writer.removeRow(INTENTS);
    } else {
      writer.putRow(INTENTS, intents);
    }
  }

  private static void encode(RowEncoder out, TreeIntent intent) {
    out.putPath(intent.path).putPath(intent.target).putLong(intent.fileKey);
    TreeRename rename = intent.rename;
    out.putNumber((intent.isJudged ? JUDGED : 0) | (rename == null ? 0 : BY_PROGRAM));
    if (rename != null) {
      out.putLong(rename.store().value().getMostSignificantBits());
      out.putLong(rename.store().value().getLeastSignificantBits());
      out.putNumber(rename.counter());
    }
  }

  private static TreeIntent decode(RowDecoder in) {
    RelativePath path = in.getPath();
    RelativePath target = in.getPath();
    long fileKey = in.getLong();
    long flags = in.getNumber();
    TreeRename rename = null;
    if ((flags & BY_PROGRAM) != 0) {
      StoreId store = new StoreId(new UUID(in.getLong(), in.getLong()));
      rename = new TreeRename(path, target, store, in.getNumber());
    }
    return new TreeIntent(path, target, fileKey, (flags & JUDGED) != 0, rename);
  }
}
