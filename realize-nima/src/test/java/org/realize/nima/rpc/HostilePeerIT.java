package org.realize.nima.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.nima.rpc.BesiegedNode.Footprint;
import org.realize.store.disk.SystemTimeSource;

/**
 * Peers with good keys and bad intentions against a running daemon: whole sessions from seeds. In
 * the long form ({@code scripts/chaos --hostile}) the seeds are others each time.
 */
class HostilePeerIT {

  private static final int PEERS = 3;

  /** What a siege may leave behind, for caches and the like. */
  private static final long HEAP_BYTES = 64L << 20;

  private static final int THREADS = 24;
  private static final int FILES = 64;

  private final long sessions = Long.getLong("realize.hostile.sessions", 2_000);

  /** The short form ends after so long on a slow machine; the first part has a fifth of it. */
  private final Duration longest = Duration.ofSeconds(Long.getLong("realize.hostile.seconds", 30));

  private final long firstSeed = Long.getLong("realize.hostile.seed", 1);
  private final SystemTimeSource time = new SystemTimeSource();
  private final AtomicLong next = new AtomicLong(firstSeed);
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicBoolean stopped = new AtomicBoolean();

  @Test
  void sessions_ofHostilePeers_nothingButThesePeersSuffers(@TempDir Path base) throws Exception {
    System.out.printf("hostile sessions from seed %d%n", firstSeed);
    try (BesiegedNode node = new BesiegedNode(base, PEERS)) {
      run(node, firstSeed + sessions / 5, longest.dividedBy(5));
      Footprint first = settled(node);
      run(node, firstSeed + sessions, longest);
      node.check();
      Footprint last = settled(node);
      long played = next.get() - firstSeed;
      System.out.printf(
          "%,d sessions, %,d accepted; %,d honest reads, the slowest took %d ms; %s, then %s%n",
          played, accepted.get(), node.reads(), node.slowest().toMillis(), first, last);
      assertThat(accepted.get()).isGreaterThan(played / 2);
      assertThat(node.reads()).isGreaterThan(played / 20);
      assertThat(last.heapBytes()).isLessThan(first.heapBytes() + HEAP_BYTES);
      assertThat(last.threads()).isLessThan(first.threads() + THREADS);
      assertThat(last.files()).isLessThan(first.files() + FILES);
    }
  }

  /** Runs the sessions up to a seed, each peer one after the other, the peers side by side. */
  private void run(BesiegedNode node, long end, Duration most) throws InterruptedException {
    long deadline = time.monotonicNanos() + most.toNanos();
    AtomicReference<String> failed = new AtomicReference<>("");
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < PEERS; i++) {
      HostilePeer peer = node.hostile(i, time);
      threads.add(
          Thread.ofPlatform()
              .name("mallory" + i)
              .start(() -> {
                try {
                  besiege(node, peer, end, deadline);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                } catch (RuntimeException | Error e) {
                  failed.compareAndSet("", e.toString());
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(failed.get()).isEmpty();
    assertThat(node.violations()).as("before seed %d", next.get()).isEmpty();
  }

  private void besiege(BesiegedNode node, HostilePeer peer, long end, long deadline)
      throws InterruptedException {
    while (!stopped.get() && time.monotonicNanos() - deadline < 0) {
      long seed = next.getAndIncrement();
      if (seed >= end) {
        next.decrementAndGet();
        return;
      }
      if (peer.session(seed)) {
        accepted.incrementAndGet();
      }
      if (!node.violations().isEmpty()) {
        stopped.set(true);
      }
    }
  }

  /** What is held once the connections of hostile peers have ended. */
  private static Footprint settled(BesiegedNode node) throws Exception {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() ->
            node.status().peers().stream()
                .noneMatch(peer -> peer.connected() && peer.name().value().startsWith("mallory")));
    return BesiegedNode.footprint();
  }
}
