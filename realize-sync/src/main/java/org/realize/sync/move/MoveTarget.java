package org.realize.sync.move;

import java.util.Optional;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;

/**
 * The end of a move that files go to: one arena, or one plain directory. It collects the bytes of
 * each file in a <em>partial file</em> that no program finds, until the file is finished.
 * Thread-safe for different files.
 *
 * <p>Failures are as those of {@link MoveSource}. Nothing that a partial file holds is taken for
 * right: a mover compares hashes before it finishes a file.
 */
public interface MoveTarget extends MoveEnd {

  /**
   * The state of a path at a target.
   *
   * @param isReplaced what is finished there is an older version, and the listed file takes its
   *     place
   */
  record Progress(Optional<MovedFile> finished, long partialBytes, boolean isReplaced) {}

  /**
   * What is here of a listed file, link or directory.
   *
   * @throws RealizeException.Invalid if it cannot be moved here: its mark, an ignore rule, another
   *     name that the root takes for the same one, or something of another kind at the path forbids
   *     it
   */
  Progress progress(MovedFile file) throws RealizeException, InterruptedException;

  /** Makes the empty partial file of a listed file that replaces an older version. */
  void begin(MovedFile file) throws RealizeException, InterruptedException;

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
   * Makes the partial file the finished one, or makes a link or directory, with the mode and time
   * of its source: durable when this returns. A directory that is there gets both unless its mode
   * differs in what others than its owner may do.
   *
   * @throws RealizeException.Invalid if something is at the path that it does not replace, which
   *     stays
   */
  void finish(MovedFile file) throws RealizeException, InterruptedException;

  /**
   * Makes a file that was found finished durable, with its name and the directories above it: the
   * move that finished it may have died before that.
   */
  void settle(MovedFile file) throws RealizeException, InterruptedException;
}
