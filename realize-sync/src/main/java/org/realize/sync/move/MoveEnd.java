package org.realize.sync.move;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * What both ends of a move do for it, on the files of one arena or directory. As a source it serves
 * finished files; as a target it collects each file's bytes in a <em>partial file</em> that nobody
 * else sees, until it is finished. Thread-safe for different files.
 *
 * <p>Every failure says what was done, to which path, at which end (#errormsg); {@code VersionGone}
 * where a file is no longer the listed one, which is no fault. Whoever wants to see what becomes of
 * failures wraps an end (#testretries). Nothing that a partial file holds is taken for right:
 * whoever moves compares hashes before it finishes.
 */
public interface MoveEnd {
  /** What one call reads, sends, signs or patches at most. */
  int MAX_RANGE_BYTES = 1 << 20;

  /** What one call hashes at most. */
  int MAX_HASHED_BYTES = 32 << 20;

  /** A hash: SHA-256. */
  int HASH_BYTES = 32;

  /** What an end does in a move. */
  enum Role {
    SOURCE,
    TARGET
  }

  /** What a target has of a path. */
  record Progress(Optional<MovedFile> finished, long partialBytes) {}

  /** The name of this end, for people. */
  String name();

  /**
   * The engagement in force, made if there is none: as long as it lasts, this end is not the other
   * one of another move. {@code Unreachable} if it ended meanwhile.
   *
   * <p>What was found out about the target of a file counts only within the engagement of the
   * source that was in force before: {@link #delete} insists on it. So of two moves that cross, one
   * finds nothing to take and neither gives up the last copy.
   */
  UUID engage() throws RealizeException, InterruptedException;

  /**
   * Regular files after a path, in the order of paths, at most {@code max}; none only where there
   * are no more.
   */
  List<MovedFile> list(Optional<RelativePath> after, int max)
      throws RealizeException, InterruptedException;

  /** Bytes of a finished file; exactly as many as asked for. */
  byte[] read(MovedFile file, ByteRange range) throws RealizeException, InterruptedException;

  /**
   * The hashes of the pieces of a range of a finished file, {@value #HASH_BYTES} bytes for every
   * {@link #MAX_RANGE_BYTES}, the last piece may be shorter. The range is at most {@link
   * #MAX_HASHED_BYTES}.
   */
  byte[] hash(MovedFile file, ByteRange range) throws RealizeException, InterruptedException;

  /**
   * How to make a range of a finished file out of the bytes of a signature; what {@link
   * Delta#decode} reads, or nothing where that would not be shorter than the range.
   */
  byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException;

  /**
   * Gives up a finished file, once its target is durable: it is dropped, which is no removal that
   * others would follow.
   *
   * @throws RealizeException.Unreachable if the engagement is no longer in force: begin the file
   *     anew
   */
  void delete(MovedFile file, UUID engagement) throws RealizeException, InterruptedException;

  /** What is here of a path. */
  Progress progress(RelativePath path) throws RealizeException, InterruptedException;

  /** Writes bytes of the partial file, which is made if it is not there. */
  void send(RelativePath path, long offset, byte[] bytes)
      throws RealizeException, InterruptedException;

  /** Cuts the partial file. */
  void truncate(RelativePath path, long sizeBytes) throws RealizeException, InterruptedException;

  /** As {@link #hash}, of a range of the partial file; of less where it ends early. */
  byte[] hashPartial(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException;

  /** The signature of a range of the partial file. */
  Signature signature(RelativePath path, ByteRange range)
      throws RealizeException, InterruptedException;

  /**
   * Replaces a range of the partial file by what the delta makes of it.
   *
   * @throws RealizeException.Corrupt if the delta is no good or does not match its hash; not a byte
   *     was written
   */
  void applyDelta(RelativePath path, ByteRange range, byte[] delta)
      throws RealizeException, InterruptedException;

  /**
   * Makes the partial file the finished one, with the mode and time of its source: durable when
   * this returns.
   *
   * @throws RealizeException.Invalid if something is at the path, which stays
   */
  void finish(MovedFile file) throws RealizeException, InterruptedException;

  /**
   * Makes a file that was found finished durable, with its name and the directories above it: who
   * finished it may have died before that.
   */
  void settle(MovedFile file) throws RealizeException, InterruptedException;
}
