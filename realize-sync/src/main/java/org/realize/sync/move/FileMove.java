package org.realize.sync.move;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;

/**
 * Moves a file from one end to another, or goes on with what an earlier move has left. Thread-safe
 * for different files; blocks; ends between two calls when interrupted.
 *
 * <p><b>Order.</b> What the target has of the file is taken for right, and what is missing is
 * copied behind it. Then hashes of both ends are compared, range by range. A range that differs is
 * made right by a delta, or by a copy where a delta would save nothing or fails its hash, and
 * compared again. Only a file whose every range agrees is finished, and only once that is durable
 * is the source given up. So at any moment one end has the whole file, and whatever is cut off here
 * is gone on with by the next move: the target's partial bytes count, and a target that is finished
 * already needs only the comparison.
 *
 * <p>A file of the same path at the target whose bytes are others is never touched: an error, and
 * both stay.
 */
public final class FileMove {
  private final MoveEnd source;
  private final MoveEnd target;
  private final boolean keepsSource;
  private final Tally tally;

  /** What was done for a file. */
  public enum Outcome {
    /** Its bytes went over, some or all. */
    MOVED,
    /** The target had it already. */
    WAS_THERE
  }

  /**
   * A move between two ends.
   *
   * @param keepsSource whether it copies: the source is left
   */
  public FileMove(MoveEnd source, MoveEnd target, boolean keepsSource, Tally tally) {
    this.source = source;
    this.target = target;
    this.keepsSource = keepsSource;
    this.tally = tally;
  }

  /**
   * Moves a listed file.
   *
   * @throws RealizeException.VersionGone if the source changed meanwhile: list it again
   * @throws Invalid if a different file is at the target
   * @throws Corrupt if the ends still differ after a repair
   */
  public Outcome move(MovedFile file) throws RealizeException, InterruptedException {
    MoveEnd.Progress before = target.progress(file.path());
    if (before.finished().isPresent()) {
      requireSame(file, before.finished().get());
      giveUp(file);
      return Outcome.WAS_THERE;
    }
    collect(file, before.partialBytes());
    target.finish(file);
    giveUp(file);
    return Outcome.MOVED;
  }

  private void giveUp(MovedFile file) throws RealizeException {
    if (!keepsSource) {
      source.delete(file);
    }
  }

  private void requireSame(MovedFile file, MovedFile there)
      throws RealizeException, InterruptedException {
    boolean isSame = file.sizeBytes() == there.sizeBytes();
    for (ByteRange range : isSame ? ranges(file.sizeBytes()) : List.<ByteRange>of()) {
      checkInterrupt();
      isSame = isSame && Arrays.equals(source.hash(file, range), target.hash(there, range));
    }
    if (!isSame) {
      throw new Invalid(
          "move '%s' from %s: a different file is at %s; both are left"
              .formatted(file.path(), source.name(), target.name()));
    }
  }

  /** Makes the partial file what the source has. */
  private void collect(MovedFile file, long present) throws RealizeException, InterruptedException {
    long size = file.sizeBytes();
    if (present > size) {
      target.truncate(file.path(), size);
    }
    if (size == 0) {
      target.send(file.path(), 0, new byte[0]);
    }
    for (ByteRange range : ranges(size)) {
      if (range.endBytes() > present) {
        copy(file, new ByteRange(Math.max(present, range.startBytes()), range.endBytes()));
      }
    }
    List<ByteRange> different = different(file, ranges(size));
    for (ByteRange range : different) {
      repair(file, range);
    }
    List<ByteRange> still = different(file, different);
    if (!still.isEmpty()) {
      throw new Corrupt(
          "move '%s': %s and %s still differ at %d after a repair"
              .formatted(file.path(), source.name(), target.name(), still.getFirst().startBytes()));
    }
  }

  private void copy(MovedFile file, ByteRange range) throws RealizeException, InterruptedException {
    checkInterrupt();
    target.send(file.path(), range.startBytes(), source.read(file, range));
    tally.copied(range.lengthBytes());
  }

  /** The ranges whose bytes differ; #sizebeforehash: those past the target's end unasked. */
  private List<ByteRange> different(MovedFile file, List<ByteRange> ranges)
      throws RealizeException, InterruptedException {
    if (ranges.isEmpty()) {
      return ranges;
    }
    long present = target.progress(file.path()).partialBytes();
    List<ByteRange> different = new ArrayList<>();
    for (ByteRange range : ranges) {
      checkInterrupt();
      if (range.endBytes() > present || !agree(file, range)) {
        different.add(range);
      }
    }
    return different;
  }

  private boolean agree(MovedFile file, ByteRange range) throws RealizeException {
    tally.compared(range.lengthBytes());
    return Arrays.equals(source.hash(file, range), target.hashPartial(file.path(), range));
  }

  private void repair(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    checkInterrupt();
    long present = target.progress(file.path()).partialBytes();
    if (range.startBytes() >= present || !repairByDelta(file, range, present)) {
      copy(file, range);
    }
  }

  /** Whether a delta was worth sending and matched its hash. */
  private boolean repairByDelta(MovedFile file, ByteRange range, long present)
      throws RealizeException {
    RelativePath path = file.path();
    ByteRange old = new ByteRange(range.startBytes(), Math.min(range.endBytes(), present));
    Signature signature = target.signature(path, old);
    byte[] encoded = source.diff(file, range, signature);
    if (encoded.length >= range.lengthBytes()) {
      return false;
    }
    try {
      // #emptydelta: what would change nothing is not sent. The hashes differ, so it is no help.
      if (Delta.decode(encoded, old.lengthBytes()).isUnchanged(0)
          && old.lengthBytes() == range.lengthBytes()) {
        return false;
      }
      target.applyDelta(path, range, encoded);
    } catch (Corrupt e) {
      tally.badDelta();
      return false;
    }
    tally.sentDelta(encoded.length, range.lengthBytes());
    return true;
  }

  private static List<ByteRange> ranges(long size) {
    List<ByteRange> ranges = new ArrayList<>();
    for (long at = 0; at < size; at += MoveEnd.MAX_RANGE_BYTES) {
      ranges.add(new ByteRange(at, Math.min(size, at + MoveEnd.MAX_RANGE_BYTES)));
    }
    return ranges;
  }

  private static void checkInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}
