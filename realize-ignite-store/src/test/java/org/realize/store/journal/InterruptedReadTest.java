package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RealizeException;

/**
 * Readers that are interrupted, as a user's Ctrl-C does, while Ignite reads pages from the disk. An
 * interrupt closes the file channel that is in use, which must not take the store with it.
 */
final class InterruptedReadTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int ROWS = 8_000;
  private static final int ROW_BYTES = 8_000;
  private static final int READERS = 4;
  private static final int READS = 4_000;

  @TempDir Path parent;

  private static RowKey key(int row) {
    return RowKey.of(1, 1, row, 0);
  }

  private static byte[] value(int row) {
    byte[] value = new byte[ROW_BYTES];
    new SplittableRandom(row).nextBytes(value);
    return value;
  }

  @Test
  void get_interruptedAgainAndAgain_neverFailsAndKeepsTheStore() throws Exception {
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    try (IgniteNode node = IgniteNode.start(parent.resolve("state"), 32L << 20);
        CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, failures::add)) {
      node.createArena(1);
      fill(log);
      AtomicInteger done = new AtomicInteger();
      List<Thread> readers = new ArrayList<>();
      for (int reader = 0; reader < READERS; reader++) {
        SplittableRandom random = new SplittableRandom(reader);
        readers.add(
            Thread.ofVirtual()
                .start(() -> {
                  read(log, random, failures);
                  done.incrementAndGet();
                }));
      }
      while (done.get() < READERS) {
        readers.forEach(Thread::interrupt);
        Thread.onSpinWait();
      }
      assertThat(failures).isEmpty();
      assertThat(log.get(key(0))).isEqualTo(value(0));
    }
    assertThat(failures).isEmpty();
  }

  private static void fill(CommitLog log) throws RealizeException {
    for (int row = 0; row < ROWS; row += 100) {
      RowBatch rows = new RowBatch();
      for (int i = row; i < row + 100; i++) {
        rows.put(key(i), value(i));
      }
      log.submit(rows).awaitAcknowledged(LIMIT);
    }
    log.settle(LIMIT);
  }

  private static void read(CommitLog log, SplittableRandom random, List<Throwable> failures) {
    for (int i = 0; i < READS; i++) {
      int row = random.nextInt(ROWS);
      try {
        assertThat(log.get(key(row))).isEqualTo(value(row));
      } catch (RealizeException | RuntimeException | AssertionError e) {
        failures.add(e);
      }
    }
  }
}
