package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.loop.Loops;
import org.realize.sync.testing.ManualTime;

@Timeout(30)
class TickerTest {

  private static final long SECOND = 1_000_000_000;

  private final ManualTime time = new ManualTime();
  private final Ticker ticker = new Ticker(time, new Loops(time));
  private final AtomicInteger beats = new AtomicInteger();
  private final AtomicLong next = new AtomicLong(Long.MAX_VALUE);

  @AfterEach
  void stop() throws InterruptedException {
    ticker.stop(Duration.ofSeconds(10));
  }

  private void start() {
    ticker.add(() -> {
      beats.incrementAndGet();
      return next.get();
    });
    ticker.start();
    awaitSleep(1);
  }

  private void awaitSleep(int afterBeats) {
    await().until(() -> beats.get() == afterBeats && time.sleepers() == 1);
  }

  @Test
  void beat_nothingDue_comesOnceInFifteenSeconds() {
    start();
    time.advance(Duration.ofNanos(15 * SECOND - 1));
    assertThat(time.sleepers()).isOne();
    assertThat(beats).hasValue(1);
    time.advance(Duration.ofNanos(1));
    awaitSleep(2);
  }

  @Test
  void beat_saysWhenItIsDue_comesThen() {
    next.set(3 * SECOND);
    start();
    for (int i = 2; i < 10; i++) {
      time.advance(Duration.ofSeconds(3));
      awaitSleep(i);
    }
  }

  @Test
  void beat_sleptThrough_isDueAtOnceButNotAgain() {
    next.set(-SECOND);
    start();
    time.advance(Duration.ofMillis(9));
    assertThat(beats).hasValue(1);
    time.advance(Duration.ofMillis(1));
    awaitSleep(2);
  }

  @Test
  void dueIn_sooner_bringsTheBeatForward() {
    start();
    ticker.dueIn(2 * SECOND);
    ticker.dueIn(5 * SECOND);
    awaitSleep(1);
    time.advance(Duration.ofSeconds(2));
    awaitSleep(2);
    time.advance(Duration.ofSeconds(3));
    assertThat(beats).hasValue(2);
  }

  @Test
  void after_delay_runsOnceAtThatTime() {
    start();
    AtomicInteger runs = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    ticker.after(Duration.ofSeconds(20), "a", runs::incrementAndGet);
    ticker.after(Duration.ofSeconds(20), "b", cancelled::incrementAndGet);
    ticker.cancel("b");
    time.advance(Duration.ofSeconds(15));
    awaitSleep(2);
    assertThat(runs).hasValue(0);
    time.advance(Duration.ofSeconds(5));
    awaitSleep(3);
    time.advance(Duration.ofSeconds(15));
    awaitSleep(4);
    assertThat(runs).hasValue(1);
    assertThat(cancelled).hasValue(0);
  }

  @Test
  void beat_thatFails_doesNotStopTheOthers() {
    ticker.add(() -> {
      throw new IllegalStateException("a bug");
    });
    start();
    time.advance(Duration.ofSeconds(15));
    awaitSleep(2);
  }

  @Test
  void stop_whileAsleep_endsTheThread() throws Exception {
    start();
    ticker.stop(Duration.ofSeconds(10));
    assertThat(time.sleepers()).isZero();
    ticker.dueIn(0);
    assertThat(beats).hasValue(1);
  }
}
