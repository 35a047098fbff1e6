package org.realize.sync.view;

import java.util.function.IntSupplier;
import org.realize.sync.model.RealizeException.WouldWait;

/**
 * The right of a thread to wait for peers in the calls of an {@link EditableView}: each has it but
 * those that {@link #refuse} it, since others wait for them.
 */
public final class PeerWaits {

  private static final ScopedValue<Boolean> REFUSED = ScopedValue.newInstance();

  private PeerWaits() {}

  /** Runs {@code work}, in which a call that would wait for a peer fails with {@link WouldWait}. */
  public static int refuse(IntSupplier work) {
    return ScopedValue.where(REFUSED, true).call(work::getAsInt);
  }

  static void require(String action) throws WouldWait {
    if (REFUSED.isBound()) {
      throw new WouldWait(action);
    }
  }
}
