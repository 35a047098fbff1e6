package org.realize.chaos.move;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.ForwardingTarget;
import org.realize.sync.move.MoveTarget;
import org.realize.sync.move.MovedFile;

/**
 * A target behind a bad wire: calls are lost before or after they had their effect, made twice, or
 * come once more later; bytes and hashes are spoiled on their way. Thread-safe.
 */
final class FaultyTarget extends ForwardingTarget {

  /** A call that may come once more. */
  private interface Late {
    void run() throws RealizeException, InterruptedException;
  }

  private final BadWire wire;
  private final AtomicReference<@Nullable Late> late = new AtomicReference<>();

  FaultyTarget(MoveTarget end, BadWire wire) {
    super(end);
    this.wire = wire;
  }

  /** What was delayed comes now, and whatever it meets is nobody's answer. */
  private void letLateOneCome() throws InterruptedException {
    Late call = late.getAndSet(null);
    if (call != null) {
      try {
        call.run();
      } catch (RealizeException e) {
        // No caller waits for it.
      }
    }
  }

  @Override
  public Progress progress(MovedFile file) throws RealizeException, InterruptedException {
    letLateOneCome();
    wire.lose("before");
    return super.progress(file);
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    return wire.spoiled(super.hash(file, range));
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    byte[] sent = wire.spoiled(bytes);
    boolean isTorn = wire.happens();
    super.send(path, offset, isTorn ? java.util.Arrays.copyOf(sent, sent.length / 2) : sent);
    if (wire.happens()) {
      super.send(path, offset, bytes);
    }
    if (wire.happens()) {
      late.set(() -> super.send(path, offset, bytes));
    }
    wire.lose("after");
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    return wire.spoiled(super.hashPartial(path, range));
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    wire.lose("before");
    super.applyDelta(path, range, wire.spoiled(delta));
    wire.lose("after");
  }

  @Override
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    wire.lose("before");
    super.finish(file);
    letLateOneCome();
    wire.lose("after");
  }

  @Override
  public void settle(MovedFile file) throws RealizeException, InterruptedException {
    wire.lose("before");
    super.settle(file);
    wire.lose("after");
  }
}
