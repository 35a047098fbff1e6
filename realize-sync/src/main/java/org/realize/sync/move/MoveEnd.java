package org.realize.sync.move;

import java.util.List;
import java.util.Optional;
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
 * <p>Every failure says what was done, to which path, at which end; {@code VersionGone} where a
 * file is no longer the listed one, which is no fault. Nothing that a partial file holds is taken
 * for right: whoever moves compares hashes before it finishes.
 */
public interface MoveEnd {
  /** What one call reads, sends or compares at most. */
  int MAX_RANGE_BYTES = Delta.MAX_TARGET_BYTES;

  /** What a target has of a path. */
  record Progress(Optional<MovedFile> finished, long partialBytes) {}

  /** The name of this end, for people. */
  String name();

  /** Regular files after a path, in the order of paths, at most {@code max}. */
  List<MovedFile> list(Optional<RelativePath> after, int max) throws RealizeException;

  /** Bytes of a finished file; exactly as many as asked for. */
  byte[] read(MovedFile file, ByteRange range) throws RealizeException;

  /** SHA-256 of a range of a finished file. */
  byte[] hash(MovedFile file, ByteRange range) throws RealizeException;

  /**
   * How to make a range of a finished file out of the bytes of a signature; what {@link
   * Delta#decode} reads.
   */
  byte[] diff(MovedFile file, ByteRange range, Signature signature) throws RealizeException;

  /**
   * Gives up a finished file, once its target is durable: it is dropped, which is no removal that
   * others would follow.
   */
  void delete(MovedFile file) throws RealizeException;

  /** What is here of a path. */
  Progress progress(RelativePath path) throws RealizeException;

  /** Writes bytes of the partial file, which is made if it is not there. */
  void send(RelativePath path, long offset, byte[] bytes) throws RealizeException;

  /** Cuts the partial file. */
  void truncate(RelativePath path, long sizeBytes) throws RealizeException;

  /** SHA-256 of a range of the partial file; of less where it ends early. */
  byte[] hashPartial(RelativePath path, ByteRange range) throws RealizeException;

  /** The signature of a range of the partial file. */
  Signature signature(RelativePath path, ByteRange range) throws RealizeException;

  /**
   * Replaces a range of the partial file by what the delta makes of it.
   *
   * @throws RealizeException.Corrupt if the delta is no good or does not match its hash; not a byte
   *     was written
   */
  void applyDelta(RelativePath path, ByteRange range, byte[] delta) throws RealizeException;

  /**
   * Makes the partial file the finished one, with the mode and time of its source: durable when
   * this returns.
   *
   * @throws RealizeException.Invalid if something is at the path, which stays
   */
  void finish(MovedFile file) throws RealizeException;
}
