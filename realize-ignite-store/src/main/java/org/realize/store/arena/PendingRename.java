package org.realize.store.arena;

import java.util.List;
import java.util.UUID;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;
import org.realize.sync.port.Rows;
import org.realize.sync.port.TreeRename;

/**
 * A rename of a directory of which not all paths have had their step.
 *
 * @param number of the rename, never given to another one: an entry below the old name that was put
 *     since then carries it, see {@link PathRows}
 * @param at the directory below the old name that the steps have come to; the arena's root before
 *     the first step
 * @param cursor of the last name in it that has had its step
 */
record PendingRename(long number, TreeRename rename, RelativePath at, long cursor) {

  static final Rows<List<PendingRename>> ROWS =
      Rows.ofLists("store.renames", 1, PendingRename::encode, PendingRename::decode);

  PendingRename at(RelativePath directory, long name) {
    return new PendingRename(number, rename, directory, name);
  }

  private static void encode(RowEncoder out, PendingRename each) {
    TreeRename rename = each.rename;
    out.putNumber(each.number).putPath(rename.from()).putPath(rename.to());
    out.putLong(rename.store().value().getMostSignificantBits());
    out.putLong(rename.store().value().getLeastSignificantBits());
    out.putNumber(rename.counter()).putPath(each.at).putNumber(each.cursor);
  }

  private static PendingRename decode(RowDecoder in) {
    long number = in.getNumber();
    RelativePath from = in.getPath();
    RelativePath to = in.getPath();
    StoreId store = new StoreId(new UUID(in.getLong(), in.getLong()));
    TreeRename rename = new TreeRename(from, to, store, in.getNumber());
    return new PendingRename(number, rename, in.getPath(), in.getNumber());
  }
}
