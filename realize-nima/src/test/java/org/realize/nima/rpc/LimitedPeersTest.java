package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.nima.config.Rate;
import org.realize.nima.config.RateLimit;
import org.realize.nima.config.Rates;
import org.realize.nima.config.Timetable;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ContentBatch;
import org.realize.sync.port.PeerLink;
import org.realize.sync.port.PeerLink.ContentRequest;
import org.realize.sync.testing.ManualTime;

/**
 * Two whole nodes on loopback, over TLS and Helidon, whose clock stands still while anything is to
 * be done, so that rates are bytes by that clock, however fast the machine is.
 */
@Timeout(60)
class LimitedPeersTest {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final int BLOCKS = 128;
  private static final long BLOCK_COST = Frame.costBytes(InboundService.BLOCK_BYTES);
  private static final Rate RATE = Rate.parse("1M");

  /** Both tickers, a stream that is held back, and the watch over the wait for it. */
  private static final int AT_REST = 4;

  private final ManualTime time = new ManualTime();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final TestNode listening =
      new TestNode("listening", TestNode.PATIENT, null, time, "127.0.0.1:0");
  private final TestNode deaf = new TestNode("deaf", TestNode.PATIENT, null, time);
  private Thread clock = Thread.ofVirtual().unstarted(() -> {});

  @BeforeEach
  void connect() throws Exception {
    listening.knows(deaf).start();
    deaf.knows(listening, "127.0.0.1:" + listening.port()).start();
    await().atMost(PATIENCE).until(() -> listening.link(deaf).isPresent());
    await().atMost(PATIENCE).until(() -> deaf.link(listening).isPresent());
  }

  @AfterEach
  void close() throws InterruptedException {
    stopClock();
    startClock(1);
    deaf.close();
    listening.close();
    stopClock();
    threads.shutdownNow();
  }

  /** Lets time pass whenever so many threads sleep. */
  private void startClock(int sleepers) {
    clock =
        Thread.ofVirtual()
            .start(() -> {
              try {
                while (true) {
                  time.leap(sleepers);
                }
              } catch (InterruptedException e) {
                // Time stands still.
              }
            });
  }

  private void stopClock() throws InterruptedException {
    clock.interrupt();
    clock.join();
  }

  private static RateLimit limit(Rates rates) {
    return new RateLimit(rates, Timetable.EMPTY);
  }

  private static long fetch(PeerLink link, int count) throws Exception {
    long size = (long) count * InboundService.BLOCK_BYTES;
    ContentRequest content =
        new ContentRequest(TestNode.ARENA, new ContentHash(1, 2, 3, 4), size, RelativePath.of("a"));
    AtomicLong bytes = new AtomicLong();
    link.blocks(content, 0, count, (_, block) -> bytes.addAndGet(block.remaining()), HOUR);
    return bytes.get();
  }

  /** Several streams at once; all blocks of all of them count. */
  private double seconds(PeerLink link, int streams) throws Exception {
    startClock(AT_REST);
    long start = time.monotonicNanos();
    List<Future<Long>> fetches = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      fetches.add(threads.submit(() -> fetch(link, BLOCKS / streams)));
    }
    for (Future<Long> fetch : fetches) {
      assertThat(fetch.get()).isEqualTo((long) BLOCKS / streams * InboundService.BLOCK_BYTES);
    }
    return (time.monotonicNanos() - start) / 1e9;
  }

  /** 16 MiB at 1 MiB/s, but for the quarter of a second that a bucket saves up. */
  private static void assertRateHeld(double seconds) {
    double ideal = (double) BLOCKS * BLOCK_COST / RATE.bytesPerSecond();
    assertThat(seconds).isBetween(0.98 * ideal - 0.25, 1.02 * ideal);
  }

  @Test
  void blocks_limitedUp_comeAtThatRate() throws Exception {
    listening.limit(deaf, limit(new Rates(RATE, Rate.UNLIMITED)));
    assertRateHeld(seconds(deaf.link(listening).orElseThrow(), 1));
  }

  @Test
  void blocks_limitedUpInSeveralStreams_shareThatRate() throws Exception {
    deaf.limit(listening, limit(new Rates(RATE, Rate.UNLIMITED)));
    assertRateHeld(seconds(listening.link(deaf).orElseThrow(), 4));
  }

  @Test
  void blocks_limitedDown_comeAtThatRate() throws Exception {
    deaf.limit(listening, limit(new Rates(Rate.UNLIMITED, RATE)));
    assertRateHeld(seconds(deaf.link(listening).orElseThrow(), 4));
  }

  /** Small contents are background traffic, however few they are. */
  @Test
  void contents_limitedUpOrDown_comeAtThatRate() throws Exception {
    listening.limit(deaf, limit(new Rates(RATE, Rate.UNLIMITED)));
    assertBatchRateHeld(batchSeconds(deaf.link(listening).orElseThrow()));
    listening.limit(deaf, limit(new Rates(Rate.UNLIMITED, RATE)));
    assertBatchRateHeld(batchSeconds(listening.link(deaf).orElseThrow()));
  }

  /** A whole batch, of which every content is counted. */
  private double batchSeconds(PeerLink link) throws Exception {
    startClock(AT_REST);
    int size = ContentBatch.MAX_BYTES / ContentBatch.MAX_CONTENTS;
    List<ContentRequest> contents =
        Collections.nCopies(
            ContentBatch.MAX_CONTENTS,
            new ContentRequest(
                TestNode.ARENA, new ContentHash(1, 2, 3, 4), size, RelativePath.of("a")));
    AtomicLong bytes = new AtomicLong();
    PeerLink.ContentSink sink =
        new PeerLink.ContentSink() {
          @Override
          public void arrived(int index, ByteBuffer content) {
            bytes.addAndGet(content.remaining());
          }

          @Override
          public void failed(int index, RealizeException cause) {}
        };
    long start = time.monotonicNanos();
    Future<?> fetch =
        threads.submit(() -> {
          link.contents(new ContentBatch(contents), sink, HOUR);
          return link;
        });
    fetch.get();
    assertThat(bytes.get()).isEqualTo((long) size * contents.size());
    double seconds = (time.monotonicNanos() - start) / 1e9;
    stopClock();
    return seconds;
  }

  private static void assertBatchRateHeld(double seconds) {
    double ideal = (double) ContentBatch.MAX_BYTES / RATE.bytesPerSecond();
    assertThat(seconds).isBetween(0.98 * ideal - 0.25, 1.02 * ideal);
  }

  @Test
  void blocks_limitOfTheOtherDirection_isNoLimit() throws Exception {
    listening.limit(deaf, limit(new Rates(Rate.UNLIMITED, RATE)));
    deaf.limit(listening, limit(new Rates(RATE, Rate.UNLIMITED)));
    assertThat(seconds(deaf.link(listening).orElseThrow(), 2)).isLessThan(0.2);
  }

  /** Somebody waits for them: they pass a stream that is held back, though no time passes. */
  @Test
  void call_interactive_isNotLimited() throws Exception {
    listening.limit(deaf, limit(new Rates(new Rate(16 << 10), new Rate(16 << 10))));
    PeerLink link = deaf.link(listening).orElseThrow();
    Future<Long> stream = threads.submit(() -> fetch(link, BLOCKS));
    await().until(() -> time.sleepers() == AT_REST);
    for (int i = 0; i < 100; i++) {
      assertThat(fetch(link, 4)).isEqualTo(4L * InboundService.BLOCK_BYTES);
      assertThat(((ConnectedPeer) link).ping(HOUR)).isPositive();
    }
    assertThat(stream).isNotDone();
    // The configuration is read again: the stream goes on without a limit.
    listening.limit(deaf, RateLimit.NONE);
    time.advance(Duration.ofMillis(100));
    assertThat(stream.get()).isEqualTo((long) BLOCKS * InboundService.BLOCK_BYTES);
  }

  @Test
  void limits_configured_areThoseOfThatPeer() {
    Rates slow = new Rates(Rate.parse("64K"), Rate.UNLIMITED);
    assertThat(listening.connections().limits(deaf.name)).isEqualTo(Rates.UNLIMITED);
    listening.limit(deaf, limit(slow));
    assertThat(listening.connections().limits(deaf.name)).isEqualTo(slow);
    assertThat(deaf.connections().limits(listening.name)).isEqualTo(Rates.UNLIMITED);
  }
}
