package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.DiskFull;

/**
 * The commit log over a journal and tables in memory, which outlive it as disks outlive a process.
 */
final class CommitLogTest {
  private static final Duration LIMIT = Duration.ofSeconds(10);
  private static final RowKey A = RowKey.of(1, 1, 7, 0);
  private static final RowKey B = RowKey.of(1, 1, 8, 0);
  private static final RowKey GLOBAL = RowKey.of(2, RowKey.GLOBAL, new byte[] {1, 2, (byte) 200});

  private final MemoryJournal journal = new MemoryJournal();
  private final MemoryTables tables = new MemoryTables();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final List<CommitLog> opened = new ArrayList<>();

  @AfterEach
  void stopLogs() {
    journal.release();
    tables.release();
    opened.forEach(log -> log.fail(new IllegalStateException("end of the test")));
  }

  private CommitLog open(Durability durability) throws RealizeException {
    CommitLog log =
        new CommitLog(journal, tables, durability, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(log);
    return log;
  }

  private static byte[] value(int n) {
    return new byte[] {1, (byte) n};
  }

  @Test
  void get_afterAcknowledgement_showsTheRow() throws Exception {
    CommitLog log = open(Durability.OS);
    log.submit(new RowBatch().put(A, value(1)).put(GLOBAL, value(2))).awaitAcknowledged(LIMIT);
    assertThat(log.get(A)).isEqualTo(value(1));
    assertThat(log.get(GLOBAL)).isEqualTo(value(2));
    log.submit(new RowBatch().remove(A)).awaitAcknowledged(LIMIT);
    assertThat(log.get(A)).isNull();
    log.close();
    assertThat(tables.size()).isEqualTo(1);
  }

  @Test
  void get_whileStaged_showsReadersTheOldRowAndWritersTheNew() throws Exception {
    CommitLog log = open(Durability.OS);
    log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    journal.hold();
    Commit commit = log.submit(new RowBatch().put(A, value(2)).remove(B));
    assertThat(log.get(A)).isEqualTo(value(1));
    assertThat(log.staged(A)).isEqualTo(value(2));
    assertThat(log.staged(B)).isNull();
    journal.release();
    commit.awaitAcknowledged(LIMIT);
    assertThat(log.get(A)).isEqualTo(value(2));
  }

  @Test
  void get_whileNotApplied_showsTheJournaledRow() throws Exception {
    CommitLog log = open(Durability.OS);
    tables.hold();
    log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    log.submit(new RowBatch().put(A, value(2))).awaitAcknowledged(LIMIT);
    assertThat(log.get(A)).isEqualTo(value(2));
    assertThat(tables.size()).isZero();
    tables.release();
    log.settle(LIMIT);
    assertThat(log.get(A)).isEqualTo(value(2));
    assertThat(tables.get(A)).isEqualTo(value(2));
  }

  @Test
  void get_ofNoRow_asksTheTablesOnceAndShowsWhatComes() throws Exception {
    CommitLog log = open(Durability.OS);
    assertThat(log.get(A)).isNull();
    assertThat(log.get(A)).isNull();
    assertThat(tables.reads()).isEqualTo(1);
    for (int n = 1; n <= 2; n++) {
      log.submit(new RowBatch().put(A, value(n))).awaitAcknowledged(LIMIT);
      assertThat(log.get(A)).isEqualTo(value(n));
      log.settle(LIMIT);
      assertThat(log.get(A)).isEqualTo(value(n));
      log.submit(new RowBatch().remove(A)).awaitAcknowledged(LIMIT);
      log.settle(LIMIT);
      assertThat(log.get(A)).isNull();
    }
    assertThat(tables.reads()).isEqualTo(1);
  }

  @Test
  void open_afterCrashBeforeApplication_appliesAcknowledgedCommitsAgain() throws Exception {
    CommitLog log = open(Durability.OS);
    log.submit(new RowBatch().put(A, value(1)).put(B, value(1))).awaitAcknowledged(LIMIT);
    log.settle(LIMIT);
    tables.hold();
    log.submit(new RowBatch().put(A, value(2))).awaitAcknowledged(LIMIT);
    log.submit(new RowBatch().put(A, value(3)).remove(B)).awaitAcknowledged(LIMIT);
    MemoryTables disk = new MemoryTables();
    RowBatch first = new RowBatch().put(A, value(1)).put(B, value(1));
    disk.apply(first.cells());

    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    assertThat(next.get(A)).isEqualTo(value(3));
    assertThat(next.get(B)).isNull();
  }

  @Test
  void submit_onAFullDisk_refusesAndStagesNothing_readsGoOn_laterCommitsWork() throws Exception {
    MemoryRoom disk = new MemoryRoom(1L << 32);
    try (StoreRoom room = disk.open(Duration.ofMillis(100))) {
      CommitLog log = new CommitLog(journal, tables, Durability.OS, 1 << 20, failures::add, room);
      opened.add(log);
      disk.leave(0);
      await().until(room::isFull);
      log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT); // part of the start
      log.ready();
      assertThatThrownBy(() -> log.submit(new RowBatch().put(A, value(2)).put(B, value(2))))
          .isInstanceOf(DiskFull.class);
      assertThat(log.get(A)).isEqualTo(value(1));
      assertThat(log.staged(A)).isEqualTo(value(1));
      assertThat(log.staged(B)).isNull();
      log.submitVital(new RowBatch().put(GLOBAL, value(3))).awaitDurable(LIMIT);
      assertThat(log.get(GLOBAL)).isEqualTo(value(3));
      disk.leave(1L << 30);
      await().until(() -> !room.isFull());
      log.submit(new RowBatch().put(A, value(4))).awaitAcknowledged(LIMIT);
      log.close();
      assertThat(tables.get(A)).isEqualTo(value(4));
      assertThat(failures).isEmpty();
    }
  }

  @Test
  void apply_onADiskWithoutReserve_waits_readsGoOn_andItIsDoneInThisLifeOrTheNext()
      throws Exception {
    byte[] large = new byte[2 << 20];
    large[0] = 1;
    for (boolean sameLife : new boolean[] {true, false}) {
      MemoryRoom disk = new MemoryRoom(1L << 32);
      MemoryJournal rows = new MemoryJournal();
      MemoryTables stored = new MemoryTables();
      try (StoreRoom room = disk.open(Duration.ofMillis(100))) {
        CommitLog log = new CommitLog(rows, stored, Durability.OS, 1 << 20, failures::add, room);
        opened.add(log);
        disk.leave(0);
        room.retry(() -> take(disk, 44L << 20));
        log.submitVital(new RowBatch().put(A, large));
        await().until(() -> log.get(A) != null);
        await().during(Duration.ofMillis(300)).until(() -> stored.size() == 0);
        if (sameLife) {
          disk.leave(1L << 30);
          await().until(() -> stored.size() == 1);
        }
        log.close();
      }
      try (StoreRoom room = disk.open(Duration.ofMillis(100))) {
        CommitLog log = new CommitLog(rows, stored, Durability.OS, 1 << 20, failures::add, room);
        opened.add(log);
        assertThat(log.get(A)).isEqualTo(large);
        disk.leave(1L << 30);
        await().until(() -> stored.size() == 1);
        log.close();
      }
    }
    assertThat(failures).isEmpty();
  }

  private static long take(MemoryRoom disk, long bytes) throws IOException {
    disk.take(bytes);
    return bytes;
  }

  @Test
  void open_afterABatchWithoutItsEnd_dropsItForEver() throws Exception {
    RowKey key = RowKey.of(3, 1, 1, 0);
    Map<RowKey, RowBatch.Cell> half = Map.of(key, new RowBatch.Cell(value(1)));
    journal.put(1, new JournalRow(1, 0, 1, 1, Map.of(A, new RowBatch.Cell(value(1)))).encode());
    journal.put(2, new JournalRow(2, 0, 2, 3, half).encode());
    journal.put(3, new JournalRow(3, 0, 2, 3, half).encode());
    tables.hold(); // no later row says that these are applied
    CommitLog first = open(Durability.OS);
    first.submit(new RowBatch().put(B, value(2))).awaitAcknowledged(LIMIT);
    MemoryTables disk = new MemoryTables();
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    assertThat(next.get(A)).isEqualTo(value(1));
    assertThat(next.get(B)).isEqualTo(value(2));
    assertThat(next.get(key)).isNull();
    next.settle(LIMIT);
    assertThat(disk.size()).isEqualTo(2);
  }

  @Test
  void open_withLargeBatchInParts_appliesAllOfIt() throws Exception {
    CommitLog log = open(Durability.OS);
    tables.hold();
    RowBatch rows = new RowBatch();
    for (int i = 0; i < 70; i++) {
      rows.put(RowKey.of(3, 1, i, 0), new byte[100_000]);
    }
    log.submit(rows).awaitAcknowledged(LIMIT);
    assertThat(journal.rows()).hasSize(7);
    MemoryTables disk = new MemoryTables();
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    next.settle(LIMIT);
    assertThat(disk.size()).isEqualTo(70);
  }

  @Test
  void open_withLastBatchIncomplete_dropsItAndGoesOn() throws Exception {
    CommitLog log = open(Durability.OS);
    tables.hold();
    RowBatch rows = new RowBatch();
    for (int i = 0; i < 30; i++) {
      rows.put(RowKey.of(3, 1, i, 0), new byte[100_000]);
    }
    log.submit(rows).awaitAcknowledged(LIMIT);
    journal.rows().remove(journal.rows().lastKey());

    MemoryTables disk = new MemoryTables();
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    assertThat(disk.size()).isZero();
    next.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    next.close();
    CommitLog last =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(last);
    assertThat(last.get(A)).isEqualTo(value(1));
    assertThat(disk.size()).isEqualTo(1);
  }

  @Test
  void open_withHoleAboveTheMark_refuses() throws Exception {
    CommitLog log = open(Durability.OS);
    tables.hold();
    for (int i = 0; i < 3; i++) {
      log.submit(new RowBatch().put(A, value(i))).awaitAcknowledged(LIMIT);
    }
    journal.rows().remove(2L);
    assertThatThrownBy(() -> open(Durability.OS))
        .isInstanceOf(RealizeException.Corrupt.class)
        .hasMessageContaining("2");
  }

  @Test
  void open_withDamagedRow_refuses() throws Exception {
    CommitLog log = open(Durability.OS);
    log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    byte[] row = journal.rows().lastEntry().getValue();
    row[row.length - 1]++;
    assertThatThrownBy(() -> open(Durability.OS)).isInstanceOf(RealizeException.Corrupt.class);
  }

  @Test
  void submit_journalFails_tellsTheFailingBatchAndThoseQueued() throws Exception {
    CommitLog log = open(Durability.OS);
    Commit before = log.submit(new RowBatch().put(A, value(0)));
    before.awaitAcknowledged(LIMIT);
    journal.hold();
    List<Commit> commits = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      commits.add(log.submit(new RowBatch().put(A, value(i))));
    }
    RuntimeException broken = new IllegalStateException("disk gone");
    journal.failAfter(0, broken);
    journal.release();
    for (Commit commit : commits) {
      assertThatThrownBy(() -> commit.awaitAcknowledged(LIMIT))
          .isInstanceOf(RealizeException.StorageFailed.class)
          .hasRootCause(broken);
      assertThatThrownBy(() -> commit.awaitDurable(LIMIT))
          .isInstanceOf(RealizeException.StorageFailed.class);
    }
    before.awaitAcknowledged(LIMIT);
    assertThatThrownBy(() -> log.submit(new RowBatch().put(B, value(1))))
        .isInstanceOf(RealizeException.StorageFailed.class);
    assertThatThrownBy(log::close).isInstanceOf(RealizeException.StorageFailed.class);
    // Waiters are told first; once the log is closed its threads have told the listener, too.
    assertThat(failures).containsExactly(broken);
  }

  @Test
  void submit_partOfABatchFails_failsTheWholeCommit() throws Exception {
    CommitLog log = open(Durability.OS);
    journal.failAfter(2, new IllegalStateException("disk full"));
    RowBatch rows = new RowBatch();
    for (int i = 0; i < 40; i++) {
      rows.put(RowKey.of(3, 1, i, 0), new byte[100_000]);
    }
    Commit commit = log.submit(rows);
    assertThatThrownBy(() -> commit.awaitAcknowledged(LIMIT))
        .isInstanceOf(RealizeException.StorageFailed.class);
    assertThat(log.get(RowKey.of(3, 1, 0, 0))).isNull();
    MemoryTables disk = new MemoryTables();
    journal.failAfter(Integer.MAX_VALUE, new IllegalStateException());
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    next.settle(LIMIT);
    assertThat(disk.size()).isZero();
  }

  @Test
  void submit_applicationFails_stopsTheLogAndKeepsWhatWasAcknowledged() throws Exception {
    CommitLog log = open(Durability.OS);
    tables.hold();
    log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    tables.failWith(new IllegalStateException("tables gone"));
    tables.release();
    await().until(() -> !failures.isEmpty());
    assertThatThrownBy(() -> log.submit(new RowBatch().put(B, value(1))))
        .isInstanceOf(RealizeException.StorageFailed.class);
    MemoryTables disk = new MemoryTables();
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    assertThat(next.get(A)).isEqualTo(value(1));
  }

  @Test
  void submit_beyondTheBound_waitsAndIsToldOfAFailure() throws Exception {
    CommitLog log = open(Durability.OS);
    tables.hold();
    List<Future<Commit>> blocked = new ArrayList<>();
    try (ExecutorService writers = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 12; i++) {
        RowBatch rows = new RowBatch();
        for (int row = 0; row < 7; row++) {
          rows.put(RowKey.of(3, 1, 7L * i + row, 0), new byte[1 << 20]);
        }
        blocked.add(writers.submit(() -> log.submit(rows)));
      }
      await().until(() -> blocked.stream().filter(Future::isDone).count() == 4);
      log.fail(new IllegalStateException("stopped from outside"));
    }
    assertThat(blocked.stream().filter(f -> f.state() == Future.State.FAILED).count()).isEqualTo(8);
  }

  @Test
  void awaitDurable_inOsMode_flushesOnlyForWhoAsks() throws Exception {
    CommitLog log = open(Durability.OS);
    Commit first = log.submit(new RowBatch().put(A, value(1)));
    first.awaitAcknowledged(LIMIT);
    assertThat(journal.flushes()).isZero();
    Commit second = log.submit(new RowBatch().put(A, value(2)));
    second.awaitDurable(LIMIT);
    int flushes = journal.flushes();
    assertThat(flushes).isEqualTo(1);
    first.awaitDurable(LIMIT);
    second.awaitDurable(LIMIT);
    assertThat(journal.flushes()).isEqualTo(flushes);
  }

  @Test
  void awaitAcknowledged_inFsyncMode_comesAfterTheFlush() throws Exception {
    CommitLog log = open(Durability.FSYNC);
    Commit commit = log.submit(new RowBatch().put(A, value(1)));
    commit.awaitAcknowledged(LIMIT);
    assertThat(journal.flushes()).isEqualTo(1);
    commit.awaitDurable(LIMIT);
    assertThat(journal.flushes()).isEqualTo(1);
  }

  @Test
  void force_afterACommit_flushesOnce() throws Exception {
    CommitLog log = open(Durability.OS);
    log.force(LIMIT);
    assertThat(journal.flushes()).isZero();
    log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    log.force(LIMIT);
    log.force(LIMIT);
    assertThat(journal.flushes()).isEqualTo(1);
  }

  @Test
  void awaitAcknowledged_pastItsLimit_timesOutAndTheCommitStillSucceeds() throws Exception {
    CommitLog log = open(Durability.OS);
    journal.hold();
    Commit commit = log.submit(new RowBatch().put(A, value(1)));
    assertThatThrownBy(() -> commit.awaitAcknowledged(Duration.ofMillis(5)))
        .isInstanceOf(RealizeException.StorageFailed.class)
        .hasMessageContaining("waited");
    journal.release();
    commit.awaitAcknowledged(LIMIT);
  }

  @Test
  void trim_underLoad_keepsTheNewestRowAndBoundsTheRest() throws Exception {
    CommitLog log = open(Durability.OS);
    for (int i = 0; i < 1_000; i++) {
      log.submit(new RowBatch().put(A, value(i))).awaitAcknowledged(LIMIT);
      assertThat(journal.rows().size()).isBetween(1, 199);
    }
    log.settle(LIMIT);
    await().until(() -> journal.rows().size() <= 2);
    log.close();
    CommitLog next = open(Durability.OS);
    assertThat(next.get(A)).isEqualTo(value(999));
  }

  @Test
  void append_whileTheTablesAreNotFlushed_marksNothing() throws Exception {
    CommitLog log = open(Durability.OS);
    for (int i = 1; i <= 20; i++) {
      log.submit(new RowBatch().put(A, value(i))).awaitAcknowledged(LIMIT);
    }
    assertThat(tables.flushes()).isZero();
    assertThat(journal.rows()).hasSize(20);
    MemoryTables disk = new MemoryTables(); // the power went, nothing of the tables was forced
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    next.settle(LIMIT);
    assertThat(disk.get(A)).isEqualTo(value(20));
  }

  @Test
  void settle_thenRestart_appliesNothingAgain() throws Exception {
    CommitLog log = open(Durability.OS);
    log.submit(new RowBatch().put(A, value(1))).awaitAcknowledged(LIMIT);
    log.settle(LIMIT);
    assertThat(tables.flushes()).isEqualTo(1);
    MemoryTables disk = new MemoryTables();
    CommitLog next =
        new CommitLog(journal, disk, Durability.OS, 1 << 20, failures::add, MemoryRoom.ample());
    opened.add(next);
    next.settle(LIMIT);
    assertThat(disk.size()).isZero();
  }

  @Test
  void readWhole_whileCommitsChangeTwoRows_seesThemEqual() throws Exception {
    CommitLog log = open(Durability.OS);
    log.submit(new RowBatch().put(A, value(0)).put(B, value(0))).awaitAcknowledged(LIMIT);
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
      List<Future<Integer>> seen = new ArrayList<>();
      for (int r = 0; r < 2; r++) {
        seen.add(
            readers.submit(() -> {
              int reads = 0;
              while (!done.get()) {
                boolean equal = log.readWhole(1, () -> Arrays.equals(log.get(A), log.get(B)));
                assertThat(equal).isTrue();
                reads++;
              }
              return reads;
            }));
      }
      for (int i = 0; i < 3_000; i++) {
        log.submit(new RowBatch().put(A, value(i)).put(B, value(i))).awaitAcknowledged(LIMIT);
      }
      done.set(true);
      for (Future<Integer> reads : seen) {
        assertThat(reads.get()).isPositive();
      }
    }
  }
}
