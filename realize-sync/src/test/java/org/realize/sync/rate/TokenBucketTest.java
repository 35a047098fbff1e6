package org.realize.sync.rate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.port.TimeSource;
import org.realize.sync.testing.ManualTime;

@Timeout(30)
class TokenBucketTest {

  private static final int FRAME = 128 << 10;
  private static final long SEED = 20_260_105;

  private final ManualTime time = new ManualTime();

  /** Sleeping moves the clock, so that one thread needs nobody to wake it. */
  private static final class OwnTime implements TimeSource {
    private long nanos = Long.MAX_VALUE - 1_000_000; // passes over the end of the numbers

    @Override
    public long unixMillis() {
      return 0;
    }

    @Override
    public long monotonicNanos() {
      return nanos;
    }

    @Override
    public void sleep(Duration duration) {
      nanos += duration.toNanos();
    }
  }

  private static double seconds(long nanos) {
    return nanos / 1e9;
  }

  @Test
  void take_manySizesAndRates_holdsTheAverageAndTheBurst() throws Exception {
    SplittableRandom random = new SplittableRandom(SEED);
    for (long bytesPerSecond : new long[] {16 << 10, 512 << 10, 10 << 20, 1L << 32}) {
      OwnTime own = new OwnTime();
      TokenBucket bucket = new TokenBucket(() -> bytesPerSecond, own);
      long start = own.monotonicNanos();
      long taken = 0;
      for (int i = 0; i < 2000; i++) {
        int bytes = random.nextInt(1, 1 << 20);
        assertThat(bucket.take(bytes, _ -> false)).isTrue();
        taken += bytes;
        double allowed = bytesPerSecond * seconds(own.monotonicNanos() - start);
        double burst = Math.max(1 << 20, bytesPerSecond / 4.0);
        assertThat((double) taken)
            .as("seed %d, rate %d, take %d", SEED, bytesPerSecond, i)
            .isBetween(allowed - 1, allowed + burst);
      }
    }
  }

  @Test
  void take_afterALongPause_goesAtOnceForOneBurstOnly() throws Exception {
    OwnTime own = new OwnTime();
    TokenBucket bucket = new TokenBucket(() -> 4L << 20, own);
    own.sleep(Duration.ofDays(3));
    long start = own.monotonicNanos();
    for (int i = 0; i < 8; i++) {
      bucket.take(FRAME, _ -> false);
    }
    assertThat(own.monotonicNanos()).isEqualTo(start); // 1 MiB, a quarter of a second's worth
    bucket.take(FRAME, _ -> false);
    assertThat(seconds(own.monotonicNanos() - start)).isCloseTo(1 / 32.0, within(1e-6));
  }

  @Test
  void take_moreThanABurst_waitsForAllOfIt() throws Exception {
    OwnTime own = new OwnTime();
    TokenBucket bucket = new TokenBucket(() -> 64 << 10, own);
    bucket.take(4 << 20, _ -> false);
    long start = own.monotonicNanos();
    bucket.take(4 << 20, _ -> false);
    assertThat(seconds(own.monotonicNanos() - start)).isCloseTo(64, within(1e-6));
  }

  @Test
  void take_noRate_neverWaits() throws Exception {
    OwnTime own = new OwnTime();
    long start = own.monotonicNanos();
    TokenBucket bucket = new TokenBucket(() -> 0, own);
    for (int i = 0; i < 100; i++) {
      assertThat(bucket.take(Integer.MAX_VALUE, _ -> false)).isTrue();
    }
    assertThat(own.monotonicNanos()).isEqualTo(start);
  }

  @Test
  void take_pastItsDeadline_givesUpInTimeAndTakesNothing() throws Exception {
    OwnTime own = new OwnTime();
    TokenBucket bucket = new TokenBucket(() -> 16 << 10, own);
    bucket.take(FRAME, _ -> false);
    long deadline = own.monotonicNanos() + Duration.ofSeconds(3).toNanos();
    assertThat(bucket.take(FRAME, now -> now - deadline >= 0)).isFalse();
    assertThat(seconds(own.monotonicNanos() - deadline)).isBetween(0.0, 0.1);
    // What was earned meanwhile is left to the next.
    bucket.take(FRAME, _ -> false);
    assertThat(seconds(own.monotonicNanos() - deadline)).isCloseTo(5, within(1e-6));
  }

  @Test
  void take_thatNeedNotWait_goesThoughGivenUp() throws Exception {
    TokenBucket bucket = new TokenBucket(() -> FRAME, time);
    assertThat(bucket.take(FRAME, _ -> true)).isTrue();
    assertThat(bucket.take(1, _ -> true)).isFalse();
    assertThat(Throttle.NONE.take(FRAME, _ -> true)).isTrue();
  }

  /** One take, which tells when it has its place in the queue. */
  private static final class Waiter {
    private final TokenBucket bucket;
    private final Semaphore queued;
    private final AtomicBoolean asked = new AtomicBoolean();
    private final AtomicBoolean givesUp = new AtomicBoolean();
    private final FutureTask<Boolean> result = new FutureTask<>(this::run);
    private final Thread thread = Thread.ofVirtual().unstarted(result);

    Waiter(TokenBucket bucket, Semaphore queued) {
      this.bucket = bucket;
      this.queued = queued;
    }

    boolean run() throws InterruptedException {
      return bucket.take(FRAME, _ -> ask());
    }

    private boolean ask() {
      if (asked.compareAndSet(false, true)) {
        queued.release();
      }
      return givesUp.get();
    }
  }

  /** Waits on a thread of its own, in the queue when this returns. */
  private static Waiter started(TokenBucket bucket) throws InterruptedException {
    Semaphore queued = new Semaphore(0);
    Waiter waiter = new Waiter(bucket, queued);
    waiter.thread.start();
    queued.acquire();
    return waiter;
  }

  /** A bucket of one frame a second, from which the first frame is gone. */
  private TokenBucket emptyBucket() throws InterruptedException {
    TokenBucket bucket = new TokenBucket(() -> FRAME, time);
    bucket.take(FRAME, _ -> false);
    return bucket;
  }

  private void leapTo(Duration sinceStart) throws InterruptedException {
    while (time.monotonicNanos() < sinceStart.toNanos()) {
      time.leap(1);
    }
  }

  @Test
  void take_severalStreams_areServedInTurn() throws Exception {
    int streams = 4;
    int rounds = 50;
    TokenBucket bucket = emptyBucket();
    List<Integer> order = Collections.synchronizedList(new ArrayList<>());
    Semaphore queued = new Semaphore(0);
    Semaphore served = new Semaphore(0);
    for (int stream = 0; stream < streams; stream++) {
      int name = stream;
      Thread.ofVirtual()
          .start(() -> {
            for (int round = 0; round < rounds; round++) {
              takeOne(bucket, queued);
              order.add(name);
              served.release();
            }
          });
      queued.acquire();
    }
    for (int take = 0; take < streams * rounds; take++) {
      leapTo(Duration.ofSeconds(take + 1));
      served.acquire();
      if (take < streams * (rounds - 1)) {
        queued.acquire(); // who was served is back in the queue before the clock goes on
      }
    }
    for (int take = 0; take < streams * rounds; take++) {
      assertThat(order.get(take)).as("take %d", take).isEqualTo(take % streams);
    }
    assertThat(time.monotonicNanos()).isEqualTo(Duration.ofSeconds(order.size()).toNanos());
  }

  private static void takeOne(TokenBucket bucket, Semaphore queued) {
    try {
      assertThat(new Waiter(bucket, queued).run()).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void take_oneBehindGivesUp_leavesAtOnceAndTheNextMovesUp() throws Exception {
    TokenBucket bucket = emptyBucket();
    Waiter first = started(bucket);
    Waiter second = started(bucket);
    Waiter third = started(bucket);
    second.givesUp.set(true);
    time.leap(1);
    assertThat(second.result.get()).isFalse();
    assertThat(time.monotonicNanos()).isLessThanOrEqualTo(Duration.ofMillis(100).toNanos());
    leapTo(Duration.ofSeconds(2));
    assertThat(first.result.get()).isTrue();
    assertThat(third.result.get()).isTrue();
  }

  @Test
  void take_firstIsInterrupted_theNextIsServedInItsPlace() throws Exception {
    TokenBucket bucket = emptyBucket();
    Waiter first = started(bucket);
    Waiter second = started(bucket);
    first.thread.interrupt();
    assertThatThrownBy(first.result::get).hasCauseInstanceOf(InterruptedException.class);
    leapTo(Duration.ofSeconds(1));
    assertThat(second.result.get()).isTrue();
  }

  @Test
  void take_rateThatChanges_countsWithinASlice() throws Exception {
    OwnTime own = new OwnTime();
    long start = own.monotonicNanos();
    TokenBucket bucket =
        new TokenBucket(() -> seconds(own.monotonicNanos() - start) < 10 ? 1 : FRAME, own);
    bucket.take(FRAME, _ -> false);
    bucket.take(FRAME, _ -> false);
    assertThat(seconds(own.monotonicNanos() - start)).isBetween(10.8, 11.1);
  }

  @Test
  void take_rateThatEnds_letsWhoWaitsGo() throws Exception {
    OwnTime own = new OwnTime();
    long start = own.monotonicNanos();
    TokenBucket bucket =
        new TokenBucket(() -> seconds(own.monotonicNanos() - start) < 3 ? 1 : 0, own);
    bucket.take(FRAME, _ -> false);
    bucket.take(FRAME, _ -> false);
    assertThat(seconds(own.monotonicNanos() - start)).isBetween(3.0, 3.1);
  }
}
