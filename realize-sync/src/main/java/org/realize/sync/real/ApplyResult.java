package org.realize.sync.real;

import java.io.IOException;
import org.realize.sync.model.RealizeException;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;

/** The result of one change of a batch ({@link ApplyProtocol#applyAll}). */
public sealed interface ApplyResult {

  /** The outcome; throws what made the change fail. */
  ApplyOutcome outcome() throws IOException, RealizeException;

  /** A change that was made, or refused before or after its effect; its intent has ended. */
  record Concluded(ApplyOutcome outcome) implements ApplyResult {}

  /** A change that the disk or the source of the bytes failed: made or not, which a look finds. */
  record DiskFailed(IOException cause) implements ApplyResult {
    @Override
    public ApplyOutcome outcome() throws IOException {
      throw cause;
    }
  }

  /** As {@link DiskFailed}, for another reason: the store, or a name that is in use. */
  record Failed(RealizeException cause) implements ApplyResult {
    @Override
    public ApplyOutcome outcome() throws RealizeException {
      throw cause;
    }
  }
}
