package org.realize.sync.move;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.realize.sync.delta.Delta;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Corrupt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.FileStat;

/**
 * The copying of single files, links and directories from a source to a target, resuming what an
 * earlier move has left. Thread-safe for different files; blocks; ends between two calls when
 * interrupted.
 *
 * <p><b>Order.</b> What the target has of the file is taken for right, and what is missing is
 * copied. Then hashes of both ends are compared, piece by piece. A piece that differs is made right
 * by a delta, or by a copy where a delta would save nothing or fails its hash, and compared again.
 * Only a file whose every piece agrees is finished, and only once that is durable may the source be
 * given up. So at any moment one end has the whole file, and the next move resumes whatever is cut
 * off here: the target's partial bytes count, and a target that is finished already needs only the
 * comparison, and is made durable again, since the move that finished it may have died before that.
 * A few pieces are under way at once, so what a stopped move leaves may have holes near its end;
 * the comparison finds them.
 *
 * <p>A link is made in one step. A directory is made before anything in it, writable for its owner,
 * and gets its mode and time after all of that. The time is that of the listing: a move that was
 * stopped after it gave up something in a directory has lost it.
 *
 * <p>A file of the same path at the target whose bytes are others is replaced where the target
 * knows it for an older version, and goes to its trash; else it is an error, and both stay.
 */
public final class FileMove {
  /** Pieces of one file on their way at once. */
  static final int PIECES_AT_ONCE = 4;

  private final MoveSource source;
  private final MoveTarget target;
  private final boolean keepsSource;
  private final Tally tally;

  /** The outcome of a file's move. */
  public enum MoveOutcome {
    /** Its bytes went over, some or all. */
    MOVED,
    /** The target had it already. */
    WAS_THERE
  }

  /**
   * Copies between two ends.
   *
   * @param keepsSource whether the source stays; else a file that was there already is made durable
   */
  public FileMove(MoveSource source, MoveTarget target, boolean keepsSource, Tally tally) {
    this.source = source;
    this.target = target;
    this.keepsSource = keepsSource;
    this.tally = tally;
  }

  MoveSource source() {
    return source;
  }

  Tally tally() {
    return tally;
  }

  boolean keepsSource() {
    return keepsSource;
  }

  /** Makes a listed directory at the target, open to what comes into it until it is copied. */
  public void prepare(MovedFile directory) throws RealizeException, InterruptedException {
    Optional<MovedFile> there = target.progress(directory).finished();
    if (there.isPresent()) {
      requireAnother(directory, there.get());
    }
    if (there.isEmpty() || !there.get().equals(there.get().open())) {
      target.finish(directory.open());
    }
  }

  /**
   * Copies a listed file or link, or finishes a directory that was prepared.
   *
   * @throws RealizeException.VersionGone if the source has changed: list it again
   * @throws Invalid if a different file is at the target, or the target takes none of that name
   * @throws Corrupt if the ends still differ after a repair
   */
  public MoveOutcome copy(MovedFile file) throws RealizeException, InterruptedException {
    if (file.isDirectory()) {
      target.finish(file);
      return MoveOutcome.MOVED;
    }
    MoveTarget.Progress before = target.progress(file);
    if (before.finished().isPresent() && !before.isReplaced()) {
      MovedFile there = before.finished().get();
      requireAnother(file, there);
      requireSame(file, there);
      if (!keepsSource) {
        target.settle(there);
      }
      return MoveOutcome.WAS_THERE;
    }
    if (before.isReplaced() && before.partialBytes() == 0) {
      target.begin(file);
    }
    if (file.stat().kind() == FileStat.Kind.FILE) {
      collect(file, before.partialBytes());
    }
    target.finish(file);
    return MoveOutcome.MOVED;
  }

  /**
   * Two names of one directory, by a link or a second mount, show the source's file as the
   * target's: giving it up would leave none.
   */
  private void requireAnother(MovedFile file, MovedFile there) throws Invalid {
    FileStat ours = file.stat();
    FileStat theirs = there.stat();
    if (ours.fileKey() == theirs.fileKey()
        && ours.device() == theirs.device()
        && ours.ctimeNanos() == theirs.ctimeNanos()) {
      throw new Invalid(
          "move '%s': it is the same file at %s and at %s; it is left"
              .formatted(file.path(), source.name(), target.name()));
    }
  }

  private void requireSame(MovedFile file, MovedFile there)
      throws RealizeException, InterruptedException {
    boolean isSame = file.sizeBytes() == there.sizeBytes() && file.link().equals(there.link());
    if (isSame) {
      isSame =
          different(file, Pieces.of(file.sizeBytes()), group -> target.hash(there, group))
              .isEmpty();
    }
    if (!isSame) {
      throw new Invalid(
          "move '%s' from %s: a different file is at %s, and no older version of it; both are left"
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
    List<ByteRange> missing = new ArrayList<>();
    for (ByteRange piece : Pieces.of(size)) {
      if (piece.endBytes() > present) {
        missing.add(new ByteRange(Math.max(present, piece.startBytes()), piece.endBytes()));
      }
    }
    Pieces.each(missing, PIECES_AT_ONCE, range -> copy(file, range));
    List<ByteRange> different = differentPartial(file, Pieces.of(size));
    for (ByteRange range : different) {
      repair(file, range);
    }
    List<ByteRange> still = differentPartial(file, different);
    if (!still.isEmpty()) {
      throw new Corrupt(
          "move '%s': %s and %s still differ at %d after a repair"
              .formatted(file.path(), source.name(), target.name(), still.getFirst().startBytes()));
    }
  }

  private void copy(MovedFile file, ByteRange range) throws RealizeException, InterruptedException {
    target.send(file.path(), range.startBytes(), source.read(file, range));
    tally.copied(range.lengthBytes());
  }

  /** The hashes of a group of pieces at the target. */
  private interface TargetHash {
    byte[] of(ByteRange group) throws RealizeException, InterruptedException;
  }

  /** The pieces whose bytes differ; #sizebeforehash: those past the target's end unasked. */
  private List<ByteRange> differentPartial(MovedFile file, List<ByteRange> pieces)
      throws RealizeException, InterruptedException {
    if (pieces.isEmpty()) {
      return pieces;
    }
    long present = target.progress(file).partialBytes();
    List<ByteRange> there = pieces.stream().filter(p -> p.endBytes() <= present).toList();
    List<ByteRange> different =
        different(file, there, group -> target.hashPartial(file.path(), group));
    pieces.stream().filter(p -> p.endBytes() > present).forEach(different::add);
    return different;
  }

  private List<ByteRange> different(MovedFile file, List<ByteRange> pieces, TargetHash hash)
      throws RealizeException, InterruptedException {
    List<ByteRange> different = Collections.synchronizedList(new ArrayList<>());
    Pieces.each(
        Pieces.joined(pieces),
        PIECES_AT_ONCE,
        group -> {
          byte[] ours = source.hash(file, group);
          byte[] theirs = hash.of(group);
          tally.compared(group.lengthBytes());
          List<ByteRange> within = Pieces.within(group);
          for (int i = 0; i < within.size(); i++) {
            if (!sameHash(ours, theirs, i)) {
              different.add(within.get(i));
            }
          }
        });
    different.sort(Comparator.comparingLong(ByteRange::startBytes));
    return different;
  }

  /** Whether both sides have a hash there and it is the same. */
  private static boolean sameHash(byte[] a, byte[] b, int index) {
    int start = index * Pieces.HASH_BYTES;
    int end = start + Pieces.HASH_BYTES;
    return a.length >= end && b.length >= end && Arrays.equals(a, start, end, b, start, end);
  }

  private void repair(MovedFile file, ByteRange range)
      throws RealizeException, InterruptedException {
    long present = target.progress(file).partialBytes();
    if (range.startBytes() >= present || !repairByDelta(file, range, present)) {
      copy(file, range);
    }
  }

  /** Whether a delta was worth sending and matched its hash. */
  private boolean repairByDelta(MovedFile file, ByteRange range, long present)
      throws RealizeException, InterruptedException {
    RelativePath path = file.path();
    ByteRange old = new ByteRange(range.startBytes(), Math.min(range.endBytes(), present));
    int sent;
    try {
      byte[] encoded = source.diff(file, range, target.signature(path, old));
      // #emptydelta: what would change nothing is not sent. The hashes differ, so it is no help.
      boolean isNoHelp =
          encoded.length == 0
              || (Delta.decode(encoded, old.lengthBytes()).isUnchanged(0)
                  && old.lengthBytes() == range.lengthBytes());
      if (isNoHelp) {
        return false;
      }
      target.applyDelta(path, range, encoded);
      sent = encoded.length;
    } catch (Corrupt e) {
      return false; // the range is copied instead
    }
    tally.sentDelta(sent, range.lengthBytes());
    return true;
  }
}
