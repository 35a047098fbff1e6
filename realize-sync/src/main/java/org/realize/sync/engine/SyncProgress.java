package org.realize.sync.engine;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import org.realize.sync.engine.JobEvents.JobEnd;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;

/**
 * The pace at which the work of one arena goes on, over the last minute of it. A file counts as
 * some bytes more than it has, so that many small ones and a large one are told the time alike.
 * Thread-safe.
 */
final class SyncProgress implements JobEvents.JobListener {

  private static final Duration WINDOW = Duration.ofMinutes(1);
  private static final Duration BETWEEN_SAMPLES = Duration.ofSeconds(1);

  /** The shortest time from which a pace is reckoned. */
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  /** The bytes that could be fetched in the time that a file costs beside its bytes. */
  private static final long FILE_BYTES = 64 << 10;

  /**
   * The pace of the work.
   *
   * @param bytesPerSecond that have come
   * @param secondsLeft until all is done, at this pace; -1 while that is not known
   */
  record SyncPace(long bytesPerSecond, long secondsLeft) {
    static final SyncPace UNKNOWN = new SyncPace(0, -1);
  }

  private record ProgressSample(long nanos, long files, long bytes) {}

  private final TimeSource time;
  private final LongSupplier cameBytes;

  /** The last ones, the oldest first; guarded by this, as the next one. */
  private final Deque<ProgressSample> samples = new ArrayDeque<>();

  private long doneFiles;

  /**
   * No work so far.
   *
   * @param cameBytes the bytes that have come since any time
   */
  SyncProgress(TimeSource time, LongSupplier cameBytes) {
    this.time = time;
    this.cameBytes = cameBytes;
  }

  @Override
  public void begun(RelativePath path, String kind, long bytes) {
    sample(0);
  }

  @Override
  public void ended(RelativePath path, JobEnd end, String cause) {
    if (end == JobEnd.DONE) {
      sample(1);
    }
  }

  private synchronized void sample(int files) {
    long now = time.monotonicNanos();
    ProgressSample last = samples.peekLast();
    if (last != null && now - last.nanos() > WINDOW.toNanos()) {
      samples.clear(); // there was nothing to do, or no event of it
      last = null;
    }
    if (last == null || now - last.nanos() >= BETWEEN_SAMPLES.toNanos()) {
      samples.add(new ProgressSample(now, doneFiles, cameBytes.getAsLong()));
    }
    while (now - samples.getFirst().nanos() > WINDOW.toNanos()) {
      samples.removeFirst();
    }
    doneFiles += files;
  }

  /** The pace, with the time for what is left. */
  synchronized SyncPace pace(long filesLeft, long bytesLeft) {
    ProgressSample first = samples.peekFirst();
    long nanos = first == null ? 0 : time.monotonicNanos() - first.nanos();
    if (first == null || nanos < SHORTEST.toNanos()) {
      return SyncPace.UNKNOWN;
    }
    double seconds = nanos / 1e9;
    long bytes = cameBytes.getAsLong() - first.bytes();
    double done = bytes + (double) FILE_BYTES * (doneFiles - first.files());
    double left = bytesLeft + (double) FILE_BYTES * filesLeft;
    return new SyncPace(
        (long) (bytes / seconds), done <= 0 ? -1 : (long) Math.ceil(left * seconds / done));
  }
}
