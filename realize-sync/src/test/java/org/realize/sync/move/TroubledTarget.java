package org.realize.sync.move;

import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RelativePath;

/** A target whose calls go wrong as the test says, and are noted. */
final class TroubledTarget extends ForwardingTarget {

  /** An event before the file is finished. */
  interface Meanwhile {
    void happens() throws Exception;
  }

  long loseSendsFrom = Long.MAX_VALUE;
  int losesSends;
  long spoilSendAt = -1;
  boolean spoilsDelta;
  int refusedDeltas;
  boolean liesOnce;
  boolean alwaysLies;
  int deltas;
  int hashedPast;
  @Nullable Meanwhile beforeFinish;
  private @Nullable MovedFile asked;

  TroubledTarget(MoveTarget end) {
    super(end);
  }

  @Override
  public Progress progress(MovedFile file) throws RealizeException, InterruptedException {
    asked = file;
    return super.progress(file);
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException {
    if (offset >= loseSendsFrom && losesSends-- > 0) {
      return;
    }
    byte[] sent = bytes.clone();
    if (spoilSendAt >= offset && spoilSendAt < offset + bytes.length) {
      sent[(int) (spoilSendAt - offset)] ^= 1;
      spoilSendAt = -1;
    }
    super.send(path, offset, sent);
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    if (asked != null && range.endBytes() > super.progress(asked).partialBytes()) {
      hashedPast++;
    }
    byte[] hash = super.hashPartial(path, range);
    if (liesOnce || alwaysLies) {
      liesOnce = false;
      hash[0] ^= 1;
    }
    return hash;
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    deltas++;
    byte[] sent = delta.clone();
    if (spoilsDelta) {
      sent[sent.length - 1] ^= 1;
    }
    try {
      super.applyDelta(path, range, sent);
    } catch (Corrupt e) {
      refusedDeltas++;
      throw e;
    }
  }

  @Override
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    Meanwhile meanwhile = beforeFinish;
    if (meanwhile != null) {
      try {
        meanwhile.happens();
      } catch (RealizeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    super.finish(file);
  }
}
