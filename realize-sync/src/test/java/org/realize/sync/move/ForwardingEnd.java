package org.realize.sync.move;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** Another end, call by call, for tests that change some. */
public class ForwardingEnd implements MoveEnd {
  private final MoveEnd end;

  /** All calls go on to {@code end}. */
  public ForwardingEnd(MoveEnd end) {
    this.end = end;
  }

  @Override
  public String name() {
    return end.name();
  }

  @Override
  public UUID engage() throws RealizeException, InterruptedException {
    return end.engage();
  }

  @Override
  public List<MovedFile> list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException {
    return end.list(after, max);
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.read(file, range);
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.hash(file, range);
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    return end.diff(file, range, signature);
  }

  @Override
  public void delete(MovedFile file, UUID engagement)
      throws RealizeException, InterruptedException {
    end.delete(file, engagement);
  }

  @Override
  public Progress progress(RelativePath path) throws RealizeException, InterruptedException {
    return end.progress(path);
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException {
    end.send(path, offset, bytes);
  }

  @Override
  public void truncate(RelativePath path, long sizeBytes)
      throws RealizeException, InterruptedException {
    end.truncate(path, sizeBytes);
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.hashPartial(path, range);
  }

  @Override
  public Signature signature(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.signature(path, range);
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    end.applyDelta(path, range, delta);
  }

  @Override
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    end.finish(file);
  }

  @Override
  public void settle(MovedFile file) throws RealizeException, InterruptedException {
    end.settle(file);
  }
}
