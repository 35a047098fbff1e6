package org.realize.sync.engine;

import org.realize.sync.model.ByteRanges;

/**
 * The counts of a verification.
 *
 * @param bytes compared
 * @param wrong of these, in whole blocks
 */
public record Checked(long bytes, ByteRanges wrong) {
  static final Checked NOTHING = new Checked(0, ByteRanges.EMPTY);
}
