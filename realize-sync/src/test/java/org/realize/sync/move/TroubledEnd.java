package org.realize.sync.move;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** A target whose calls go wrong as the test says, and are noted. */
final class TroubledEnd implements MoveEnd {

  /** What happens before the file is finished. */
  interface Meanwhile {
    void happens() throws Exception;
  }

  private final MoveEnd end;
  long loseSendsFrom = Long.MAX_VALUE;
  int losesSends;
  long spoilSendAt = -1;
  boolean spoilsDelta;
  boolean liesOnce;
  boolean alwaysLies;
  int deltas;
  int hashedPast;
  @Nullable Meanwhile beforeFinish;

  TroubledEnd(MoveEnd end) {
    this.end = end;
  }

  @Override
  public String name() {
    return end.name();
  }

  @Override
  public List<MovedFile> list(Optional<RelativePath> after, int max) throws RealizeException {
    return end.list(after, max);
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range) throws RealizeException {
    return end.read(file, range);
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range) throws RealizeException {
    return end.hash(file, range);
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature) throws RealizeException {
    return end.diff(file, range, signature);
  }

  @Override
  public void delete(MovedFile file) throws RealizeException {
    end.delete(file);
  }

  @Override
  public Progress progress(RelativePath path) throws RealizeException {
    return end.progress(path);
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes) throws RealizeException {
    if (offset >= loseSendsFrom && losesSends-- > 0) {
      return;
    }
    byte[] sent = bytes.clone();
    if (spoilSendAt >= offset && spoilSendAt < offset + bytes.length) {
      sent[(int) (spoilSendAt - offset)] ^= 1;
      spoilSendAt = -1;
    }
    end.send(path, offset, sent);
  }

  @Override
  public void truncate(RelativePath path, long sizeBytes) throws RealizeException {
    end.truncate(path, sizeBytes);
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range) throws RealizeException {
    if (range.endBytes() > end.progress(path).partialBytes()) {
      hashedPast++;
    }
    byte[] hash = end.hashPartial(path, range);
    if (liesOnce || alwaysLies) {
      liesOnce = false;
      hash[0] ^= 1;
    }
    return hash;
  }

  @Override
  public Signature signature(RelativePath path, ByteRange range) throws RealizeException {
    return end.signature(path, range);
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta) throws RealizeException {
    deltas++;
    byte[] sent = delta.clone();
    if (spoilsDelta) {
      sent[sent.length - 1] ^= 1;
    }
    end.applyDelta(path, range, sent);
  }

  @Override
  public void finish(MovedFile file) throws RealizeException {
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
    end.finish(file);
  }
}
