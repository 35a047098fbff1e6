package org.realize.sync.move;

import java.util.List;
import java.util.Optional;
import org.realize.sync.delta.Delta;
import org.realize.sync.delta.Signature;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.pin.DropOutcome;

/**
 * The end of a move that files come from: one arena, or one plain directory. Only files that it
 * lists can be read or given up. Thread-safe for different files.
 *
 * <p>Every failure says what was done, to which path, at which end (#errormsg); {@code VersionGone}
 * where a file is no longer the listed one, which is no fault. Tests wrap a source to see what
 * becomes of failures (#testretries).
 */
public interface MoveSource extends MoveEnd {

  /** Files of one {@link #drop} at most. */
  int MAX_DROPPED = 500;

  /**
   * A page of files.
   *
   * @param totalFiles of the whole source, as it was when the page was read
   * @param totalBytes of these files
   */
  record Page(List<MovedFile> files, long totalFiles, long totalBytes) {
    public Page {
      files = List.copyOf(files);
    }
  }

  /**
   * Regular files, links and directories after a path, at most {@code max}; none only where there
   * are no more. Names are in their order, and a directory is followed by all that is below it.
   */
  Page list(Optional<RelativePath> after, int max) throws RealizeException, InterruptedException;

  /** The file at a path, as {@link #list} would have it now; empty if there is none. */
  Optional<MovedFile> current(RelativePath path) throws RealizeException, InterruptedException;

  /** Bytes of a file; exactly as many as asked for. */
  byte[] read(MovedFile file, ByteRange range) throws RealizeException, InterruptedException;

  /**
   * How to make a range of a file out of the bytes of a signature; what {@link Delta#decode} reads,
   * or nothing where that would not be shorter than the range.
   */
  byte[] diff(MovedFile file, ByteRange range, Signature signature)
      throws RealizeException, InterruptedException;

  /**
   * Gives up files, at most {@link #MAX_DROPPED}, once they are durable at the target: each is
   * dropped, which is no removal that others would follow. An arena drops only what its target has
   * pinned, and asks the target itself. A directory that holds something is kept.
   *
   * @return the outcome of each file, in order
   */
  List<DropOutcome> drop(List<MovedFile> files) throws RealizeException, InterruptedException;
}
