package org.realize.chaos.move;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.move.ForwardingEnd;
import org.realize.sync.move.MoveEnd;
import org.realize.sync.move.MovedFile;

/**
 * An end behind a bad wire: calls are lost before or after they had their effect, made twice, or
 * come once more later; bytes and hashes are spoiled on their way. Thread-safe.
 */
final class FaultyEnd extends ForwardingEnd {

  /** A call that may come once more. */
  private interface Late {
    void run() throws RealizeException, InterruptedException;
  }

  private final SplittableRandom random;
  private final double rate;
  private final AtomicReference<@Nullable Late> late = new AtomicReference<>();

  FaultyEnd(MoveEnd end, SplittableRandom random, double rate) {
    super(end);
    this.random = random;
    this.rate = rate;
  }

  private synchronized boolean happens() {
    return random.nextDouble() < rate;
  }

  private synchronized int below(int bound) {
    return random.nextInt(bound);
  }

  private void lose(String when) throws Unreachable {
    if (happens()) {
      throw new Unreachable("call lost " + when);
    }
  }

  private byte[] spoiled(byte[] bytes) {
    if (bytes.length == 0 || !happens()) {
      return bytes;
    }
    byte[] other = bytes.clone();
    other[below(other.length)] ^= (byte) (1 << below(8));
    return other;
  }

  /** What was delayed comes now, and whatever it meets is nobody's answer. */
  private void letLateOneCome() throws InterruptedException {
    Late call = late.getAndSet(null);
    if (call != null) {
      try {
        call.run();
      } catch (RealizeException e) {
        // Nobody waits for it.
      }
    }
  }

  @Override
  public byte[] read(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    lose("before");
    return spoiled(super.read(file, range));
  }

  @Override
  public byte[] hash(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    lose("before");
    return spoiled(super.hash(file, range));
  }

  @Override
  public byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException {
    lose("before");
    return spoiled(super.diff(file, range, signature));
  }

  @Override
  public void delete(MovedFile file, UUID engagement)
      throws RealizeException, InterruptedException {
    lose("before");
    super.delete(file, engagement);
    lose("after");
  }

  @Override
  public Progress progress(RelativePath path) throws RealizeException, InterruptedException {
    letLateOneCome();
    lose("before");
    return super.progress(path);
  }

  @Override
  public void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException {
    lose("before");
    byte[] sent = spoiled(bytes);
    boolean isTorn = happens();
    super.send(path, offset, isTorn ? java.util.Arrays.copyOf(sent, sent.length / 2) : sent);
    if (happens()) {
      super.send(path, offset, bytes);
    }
    if (happens()) {
      late.set(() -> super.send(path, offset, bytes));
    }
    lose("after");
  }

  @Override
  public byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException {
    lose("before");
    return spoiled(super.hashPartial(path, range));
  }

  @Override
  public void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException {
    lose("before");
    super.applyDelta(path, range, spoiled(delta));
    lose("after");
  }

  @Override
  public void finish(MovedFile file) throws RealizeException, InterruptedException {
    lose("before");
    super.finish(file);
    letLateOneCome();
    lose("after");
  }

  @Override
  public void settle(MovedFile file) throws RealizeException, InterruptedException {
    lose("before");
    super.settle(file);
    lose("after");
  }

  @Override
  public java.util.List<MovedFile> list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException {
    lose("before");
    return super.list(after, max);
  }
}
