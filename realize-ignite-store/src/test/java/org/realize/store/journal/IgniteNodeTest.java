package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.apache.ignite.IgniteCache;
import org.apache.ignite.Ignition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RealizeException;

/** The embedded node and the commit log on it, over restarts. */
final class IgniteNodeTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final long REGION = 64L << 20;
  private static final RowKey GLOBAL = RowKey.of(1, RowKey.GLOBAL, 3, 4);
  private static final RowKey LARGE_NUMBERS = RowKey.of(1, 1, 1L << 50, 1L << 40);
  private static final RowKey BYTES = RowKey.of(1, 1, new byte[] {0, -1, 127, -128});

  @TempDir Path parent;

  @Test
  void start_afterRestart_hasWhatWasCommittedAndNothingElse() throws Exception {
    Path directory = parent.resolve("state");
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    byte[] large = new byte[100_000];
    try (IgniteNode node = IgniteNode.start(directory, REGION);
        CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, failures::add)) {
      node.createArena(1);
      node.createArena(2);
      RowBatch rows = new RowBatch().put(GLOBAL, new byte[] {1}).put(LARGE_NUMBERS, large);
      rows.put(BYTES, new byte[] {3}).put(RowKey.of(1, 2, 5, 6), new byte[] {4});
      log.submit(rows).awaitAcknowledged(LIMIT);
      log.submit(new RowBatch().remove(BYTES)).awaitDurable(LIMIT);
      log.settle(LIMIT);
      node.destroyArena(2);
      assertThatThrownBy(() -> IgniteNode.start(directory, REGION))
          .isInstanceOf(RealizeException.Invalid.class)
          .hasMessageContaining("in use");
    }
    try (IgniteNode node = IgniteNode.start(directory, REGION);
        CommitLog log = CommitLog.open(node, Durability.FSYNC, 1 << 20, failures::add)) {
      assertThat(node.hasArena(1)).isTrue();
      assertThat(node.hasArena(2)).isFalse();
      assertThat(log.get(GLOBAL)).isEqualTo(new byte[] {1});
      assertThat(log.get(LARGE_NUMBERS)).isEqualTo(large);
      assertThat(log.get(BYTES)).isNull();
      log.submit(new RowBatch().put(BYTES, new byte[] {9})).awaitAcknowledged(LIMIT);
      assertThat(log.get(BYTES)).isEqualTo(new byte[] {9});
    }
    assertThat(failures).isEmpty();
  }

  /** The record of a transaction in Ignite's log has a bound of its own, far below a commit's. */
  @Test
  void commit_ofTheLargestSize_isApplied_andReadAtTheNextStart() throws Exception {
    Path directory = parent.resolve("state");
    List<Throwable> failures = new CopyOnWriteArrayList<>();
    RowBatch small = new RowBatch();
    for (int row = 0; row < 150_000; row++) {
      small.put(RowKey.of(1, 1, row, 7), new byte[] {(byte) row});
    }
    RowBatch large = new RowBatch();
    int many = (int) (RowBatch.MAX_BYTES / RowBatch.MAX_ROW_BYTES) - 1;
    for (int row = 0; row < many; row++) {
      byte[] value = new byte[RowBatch.MAX_ROW_BYTES];
      value[0] = (byte) row;
      large.put(RowKey.of(1, 1, row, 8), value);
    }
    try (IgniteNode node = IgniteNode.start(directory, REGION);
        CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, failures::add)) {
      node.createArena(1);
      log.submit(small).awaitDurable(LIMIT);
      log.submit(large).awaitDurable(LIMIT);
      log.settle(LIMIT);
    }
    assertThat(failures).isEmpty();
    try (IgniteNode node = IgniteNode.start(directory, REGION);
        CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, failures::add)) {
      assertThat(log.get(RowKey.of(1, 1, 149_999, 7))).isEqualTo(new byte[] {(byte) 149_999});
      assertThat(log.get(RowKey.of(1, 1, many - 1, 8))).startsWith((byte) (many - 1), 0, 0);
    }
    assertThat(failures).isEmpty();
  }

  @Test
  void put_valueThatNoTransactionCouldHold_isRefusedAtOnce() {
    byte[] value = new byte[RowBatch.MAX_ROW_BYTES + 1];
    assertThatThrownBy(() -> new RowBatch().put(GLOBAL, value))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2,097,153 bytes");
  }

  @Test
  void start_firstFormat_takesTheJournalOutOfIgnite() throws Exception {
    Path directory = parent.resolve("state");
    try (IgniteNode node = IgniteNode.start(directory, REGION)) {
      node.createArena(1);
      IgniteCache<Long, byte[]> journal =
          Ignition.allGrids().getFirst().getOrCreateCache("journal");
      for (long sequence = 1; sequence <= 3; sequence++) {
        RowBatch rows = new RowBatch().put(BYTES, new byte[] {(byte) sequence});
        journal.put(sequence, new JournalRow(sequence, 0, sequence, 1, rows.cells()).encode());
      }
    }
    Files.writeString(directory.resolve("format"), "realize-store 1\n");
    for (int start = 0; start < 2; start++) {
      try (IgniteNode node = IgniteNode.start(directory, REGION);
          CommitLog log = CommitLog.open(node, Durability.OS, 1 << 20, cause -> {})) {
        assertThat(log.get(BYTES)).isEqualTo(new byte[] {3});
        assertThat(Ignition.allGrids().getFirst().cacheNames()).doesNotContain("journal");
      }
      assertThat(directory.resolve("format")).hasContent("realize-store 2\n");
    }
  }

  @Test
  void start_newerFormat_refusesAndTouchesNothing() throws Exception {
    Path directory = Files.createDirectory(parent.resolve("newer"));
    Path format = directory.resolve("format");
    Files.writeString(format, "realize-store 3\n");
    Files.setLastModifiedTime(format, FileTime.from(Instant.EPOCH));
    assertThatThrownBy(() -> IgniteNode.start(directory, REGION))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessageContaining("format 3")
        .hasMessageContaining(directory.toString());
    assertThat(names(directory)).containsExactly("format");
    assertThat(Files.getLastModifiedTime(format)).isEqualTo(FileTime.from(Instant.EPOCH));
  }

  @Test
  void start_halfWritten_refusesAndTouchesNothing() throws Exception {
    Path directory = Files.createDirectory(parent.resolve("half"));
    Files.createDirectory(directory.resolve("wal"));
    assertThatThrownBy(() -> IgniteNode.start(directory, REGION))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessageContaining("half-written");
    assertThat(names(directory)).containsExactly("wal");
  }

  @Test
  void start_unreadableFormat_refuses() throws Exception {
    Path directory = Files.createDirectory(parent.resolve("garbage"));
    Files.write(directory.resolve("format"), new byte[] {0, 1, 2});
    assertThatThrownBy(() -> IgniteNode.start(directory, REGION))
        .isInstanceOf(RealizeException.Invalid.class)
        .hasMessageContaining("no readable format");
  }

  private static List<String> names(Path directory) throws Exception {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> String.valueOf(file.getFileName())).toList();
    }
  }
}
