package org.realize.sync.move;

import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/** Another target, call by call, for tests that change some. */
public class ForwardingTarget implements MoveTarget {
  private final MoveTarget end;

  /** All calls are forwarded to {@code end}. */
  public ForwardingTarget(MoveTarget end) {
    this.end = end;
  }

  @Override
  public String name() {
    return end.name();
  }

  @Override
  public Progress progress(MovedFile file) throws RealizeException, InterruptedException {
    return end.progress(file);
  }

  @Override
  public void begin(MovedFile file) throws RealizeException, InterruptedException {
    end.begin(file);
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    return end.hash(file, range);
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
