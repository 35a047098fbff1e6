package org.realize.sync.engine;

import org.realize.sync.model.ByteRanges;

/**
 * What was read again and compared with its hash tree.
 *
 * @param bytes compared
 * @param wrong of these, in whole blocks
 */
public record Checked(long bytes, ByteRanges wrong) {
  static final Checked NOTHING = new Checked(0, ByteRanges.EMPTY);
}
