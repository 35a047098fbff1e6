package org.realize.sync.move;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.RealizeException;

/** A file cut into ranges of {@link #MAX_RANGE_BYTES}, and work on some at a time. */
public final class Pieces {
  /** Bytes that one call reads, sends, signs or patches at most. */
  public static final int MAX_RANGE_BYTES = 1 << 20;

  /** Bytes that one call hashes at most. */
  public static final int MAX_HASHED_BYTES = 32 << 20;

  /** Bytes of a hash: SHA-256. */
  public static final int HASH_BYTES = 32;

  private Pieces() {}

  /** An action on a range. */
  interface Action {
    void take(ByteRange range) throws RealizeException, InterruptedException;
  }

  /** All pieces of a file of this size; the last one may be shorter. */
  static List<ByteRange> of(long sizeBytes) {
    return cut(new ByteRange(0, Math.max(1, sizeBytes)), MAX_RANGE_BYTES).stream()
        .filter(range -> range.startBytes() < sizeBytes)
        .toList();
  }

  private static List<ByteRange> cut(ByteRange whole, int lengthBytes) {
    List<ByteRange> parts = new ArrayList<>();
    for (long at = whole.startBytes(); at < whole.endBytes(); at += lengthBytes) {
      parts.add(new ByteRange(at, Math.min(whole.endBytes(), at + lengthBytes)));
    }
    return parts;
  }

  /** Neighbours among ascending pieces joined, up to what one call hashes. */
  static List<ByteRange> joined(List<ByteRange> pieces) {
    List<ByteRange> groups = new ArrayList<>();
    for (ByteRange piece : pieces) {
      ByteRange last = groups.isEmpty() ? null : groups.getLast();
      if (last != null
          && last.endBytes() == piece.startBytes()
          && piece.endBytes() - last.startBytes() <= MAX_HASHED_BYTES) {
        groups.set(groups.size() - 1, new ByteRange(last.startBytes(), piece.endBytes()));
      } else {
        groups.add(piece);
      }
    }
    return groups;
  }

  /** The pieces of a group. */
  static List<ByteRange> within(ByteRange group) {
    return cut(group, MAX_RANGE_BYTES);
  }

  /**
   * Does something with every range, {@code width} at a time, and waits for all that was begun.
   * After the first failure, which is thrown, and when interrupted, nothing new is begun.
   */
  static void each(List<ByteRange> ranges, int width, Action action)
      throws RealizeException, InterruptedException {
    int workers = Math.min(width, ranges.size());
    AtomicInteger next = new AtomicInteger();
    AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
    Runnable work =
        () -> {
          try {
            int at = next.getAndIncrement();
            while (at < ranges.size() && failure.get() == null) {
              checkInterrupt();
              action.take(ranges.get(at));
              at = next.getAndIncrement();
            }
          } catch (RealizeException | InterruptedException | RuntimeException e) {
            failure.compareAndSet(null, e);
          }
        };
    if (workers <= 1) {
      work.run();
    } else {
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < workers; i++) {
          threads.execute(work);
        }
      }
      checkInterrupt();
    }
    rethrow(failure.get());
  }

  private static void rethrow(@Nullable Exception failure)
      throws RealizeException, InterruptedException {
    switch (failure) {
      case null -> {}
      case RealizeException expected -> throw expected;
      case InterruptedException interrupted -> throw interrupted;
      case RuntimeException bug -> throw bug;
      default -> throw new IllegalStateException(failure);
    }
  }

  private static void checkInterrupt() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
  }
}
