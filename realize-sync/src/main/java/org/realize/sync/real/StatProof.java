package org.realize.sync.real;

import java.io.IOException;
import java.util.OptionalLong;
import org.realize.sync.model.FileTime;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.OpenState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.TimeSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The proof that a file's stat stands for the bytes that are hashed under it: that no later change
 * of them leaves the stat as it is.
 *
 * <p>Writing by a descriptor always moves the times. A store through a mapping moves them only when
 * it is the first one to a page that was clean, so a program that changed a page before the hashing
 * can change it again after, and the stat stays. That cannot be if no program has the file open or
 * mapped for writing before the hashing and after it, or if the changed pages were written back
 * before: then they are clean, and the next store to any of them is a first one. What happens in
 * the instant between these and the stat moves the times to the moment of the hashing, which {@link
 * RealVersion#isCertain} does not accept.
 *
 * <p>Used by one thread, between the opening of a file and the end of its hashing.
 */
public final class StatProof {

  private static final Logger LOG = LoggerFactory.getLogger(StatProof.class);

  /** Twice the age at which the kernel writes changed pages back by itself. */
  private static final long WRITTEN_BACK_NANOS = 60_000_000_000L;

  private final FileStat stat;
  private final long atNanos;
  private final boolean isClosed;
  private final boolean isClean;

  private StatProof(FileStat stat, long atNanos, boolean isClosed, boolean isClean) {
    this.stat = stat;
    this.atNanos = atNanos;
    this.isClosed = isClosed;
    this.isClean = isClean;
  }

  /**
   * Begins a proof right before {@code file}, opened for reading only, is hashed. The pages of a
   * file that nobody changed for long are clean but for stores through a mapping, so that writing
   * them back costs less than to ask, now and at the end, who has the file open.
   *
   * @param found a stat of the open file a moment ago
   */
  public static StatProof begin(DiskFile file, FileStat found, TimeSource time) throws IOException {
    long atNanos = time.unixMillis() * 1_000_000;
    FileTime now = FileTime.ofNanos(atNanos);
    boolean isRecent =
        found.mtime().isWithin(WRITTEN_BACK_NANOS, now)
            || FileTime.ofNanos(found.ctimeNanos()).isWithin(WRITTEN_BACK_NANOS, now);
    boolean isClean = !isRecent && writeBack(file);
    boolean isClosed = !isClean && file.openForWriting() == OpenState.CLOSED;
    if (isRecent && !isClosed) {
      isClean = writeBack(file);
    }
    return new StatProof(file.stat(), atNanos, isClosed, isClean);
  }

  private static boolean writeBack(DiskFile file) {
    try {
      return file.writeBack();
    } catch (IOException e) {
      LOG.debug("write back", e);
      return false;
    }
  }

  /** The stat that the bytes are hashed under. */
  public FileStat stat() {
    return stat;
  }

  /**
   * Ends the proof after the last byte was read: the {@link RealVersion#hashedAtNanos} under which
   * the stat proves the content, or one under which it does not where no proof could be had. Empty
   * if the file has changed since the beginning.
   */
  public OptionalLong hashedAtNanos(DiskFile file) throws IOException {
    boolean isProven = isClean || (isClosed && file.openForWriting() == OpenState.CLOSED);
    if (!file.stat().equals(stat)) {
      return OptionalLong.empty();
    }
    return OptionalLong.of(isProven ? atNanos : stat.ctimeNanos());
  }
}
