package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Power cuts below Ignite: what was promised to be durable is, and each commit is whole. */
final class PowerCutTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long REGION = 64L << 20;
  private static final RowKey ONE = RowKey.of(1, 1, 1, 1);
  private static final RowKey OTHER = RowKey.of(1, RowKey.GLOBAL, 2, 2);

  /** Ignite's own flush of the log now and then, which must not do our work in this test. */
  private static final String SYNC_MILLIS = "IGNITE_WAL_SEGMENT_SYNC_TIMEOUT";

  @TempDir Path parent;

  private final long seed = Long.getLong("realize.seed", System.nanoTime());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final CuttableFiles files = new CuttableFiles();

  @BeforeEach
  void stopOwnSync() {
    System.setProperty(SYNC_MILLIS, "3600000");
  }

  @AfterEach
  void restoreOwnSync() {
    System.clearProperty(SYNC_MILLIS);
  }

  private IgniteNode start(Path directory) throws Exception {
    return files.start(directory, REGION);
  }

  private static RowBatch rows(int number) {
    byte[] value = ByteBuffer.allocate(5).put((byte) 1).putInt(number).array();
    return new RowBatch().put(ONE, value).put(OTHER, value);
  }

  private static int read(CommitLog log, RowKey key) throws Exception {
    return ByteBuffer.wrap(Objects.requireNonNull(log.get(key))).getInt(1);
  }

  /** What is left of the commits after the power was cut at the very moment. */
  private int cutAndRead(Path directory) throws Exception {
    Path copy = parent.resolve("after");
    files.cut(directory, copy, random);
    try (IgniteNode node = IgniteNode.start(copy, REGION);
        CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, cause -> {})) {
      assertThat(read(log, ONE)).as("seed %d", seed).isEqualTo(read(log, OTHER));
      return read(log, ONE);
    }
  }

  @Test
  void awaitDurable_thenPowerCut_hasTheCommitAndNoneInParts() throws Exception {
    Path directory = parent.resolve("before");
    try (IgniteNode node = start(directory);
        CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, cause -> {})) {
      node.createArena(1);
      for (int number = 1; number <= 60; number++) {
        Commit commit = log.submit(rows(number));
        commit.awaitAcknowledged(LIMIT);
        if (number % 10 == 0 && number <= 50) {
          commit.awaitDurable(LIMIT);
        }
      }
      assertThat(files.unforcedWrites()).isPositive();
      assertThat(cutAndRead(directory)).as("seed %d", seed).isBetween(50, 60);
    }
  }

  @Test
  void acknowledged_inFsyncMode_survivesAPowerCut() throws Exception {
    Path directory = parent.resolve("before");
    try (IgniteNode node = start(directory);
        CommitLog log = CommitLog.open(node, Durability.FSYNC, 1 << 20, cause -> {})) {
      node.createArena(1);
      for (int number = 1; number <= 30; number++) {
        log.submit(rows(number)).awaitAcknowledged(LIMIT);
      }
      assertThat(cutAndRead(directory)).as("seed %d", seed).isEqualTo(30);
    }
  }

  /** Ignite's own force is skipped, a few times in a hundred, where another thread flushes too. */
  @Test
  void acknowledged_inFsyncMode_wasForcedEachTime() throws Exception {
    try (IgniteNode node = start(parent.resolve("before"));
        CommitLog log = CommitLog.open(node, Durability.FSYNC, 1 << 20, cause -> {})) {
      node.createArena(1);
      for (int number = 1; number <= 500; number++) {
        int before = files.forces();
        log.submit(rows(number)).awaitAcknowledged(LIMIT);
        assertThat(files.forces()).as("commit %d", number).isGreaterThan(before);
      }
    }
  }
}
