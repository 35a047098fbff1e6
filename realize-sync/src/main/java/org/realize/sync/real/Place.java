package org.realize.sync.real;

import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.realize.sync.port.RowDecoder;
import org.realize.sync.port.RowEncoder;

/**
 * The row of one place of a root: its last certain observation, and whether it is in doubt.
 *
 * @param established false for a directory that is in doubt or unsettled without being a place
 * @param inode of the directory
 * @param type of its file system
 * @param stamp what its id file says, or is about to say
 * @param stampBefore what its id file may say after a crash
 * @param doubt null when it is certain
 * @param detail of the doubt
 * @param unsettled true until the first complete scan after a doubt
 */
record Place(
    boolean established,
    long inode,
    long type,
    UUID stamp,
    UUID stampBefore,
    Doubt.@Nullable Cause doubt,
    String detail,
    boolean unsettled) {

  private static final UUID NONE = new UUID(0, 0);

  /** A directory that is no place, and in doubt. */
  static Place closed(Doubt.Cause doubt, String detail) {
    return new Place(false, 0, 0, NONE, NONE, doubt, detail, false);
  }

  Place inDoubt(Doubt.Cause cause, String why) {
    return new Place(established, inode, type, stamp, stampBefore, cause, why, unsettled);
  }

  /** The doubt is over; what a scan finds is not yet what a user did. */
  Place cleared() {
    return new Place(established, inode, type, stamp, stampBefore, null, "", true);
  }

  Place settled() {
    return new Place(established, inode, type, stamp, stampBefore, doubt, detail, false);
  }

  Place withStamps(UUID now, UUID before) {
    return new Place(established, inode, type, now, before, doubt, detail, unsettled);
  }

  /** A directory that is no place any more. */
  Place dissolved() {
    return new Place(false, 0, 0, NONE, NONE, null, "", true);
  }

  void encode(RowEncoder out) {
    out.putByte(established ? 1 : 0).putLong(inode).putLong(type).putUuid(stamp);
    out.putUuid(stampBefore).putText(doubt == null ? "" : doubt.name()).putText(detail);
    out.putByte(unsettled ? 1 : 0);
  }

  static Place decode(RowDecoder in) {
    boolean established = in.getByte() == 1;
    long inode = in.getLong();
    long type = in.getLong();
    UUID stamp = in.getUuid();
    UUID before = in.getUuid();
    String doubt = in.getText();
    Doubt.Cause cause = doubt.isEmpty() ? null : Doubt.Cause.valueOf(doubt);
    return new Place(
        established, inode, type, stamp, before, cause, in.getText(), in.getByte() == 1);
  }
}
