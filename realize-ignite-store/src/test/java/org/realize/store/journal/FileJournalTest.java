package org.realize.store.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.ignite.internal.processors.cache.persistence.file.RandomAccessFileIOFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RealizeException.DiskFull;

/** The journal's files over restarts, torn writes and removals. */
final class FileJournalTest {
  private static final int LARGE = 1 << 20;

  @TempDir Path parent;

  private FileJournal open() throws IOException {
    return FileJournal.open(
        parent.resolve("journal"), new RandomAccessFileIOFactory(), MemoryRoom.ample());
  }

  private static byte[] row(long sequence, int size) {
    RowKey key = RowKey.of(1, 1, sequence, 0);
    return new JournalRow(sequence, 0, sequence, 1, Map.of(key, new RowBatch.Cell(new byte[size])))
        .encode();
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> names = Files.list(parent.resolve("journal"))) {
      return names.sorted().toList();
    }
  }

  private static List<Long> sequences(FileJournal journal) {
    return List.copyOf(journal.all().keySet());
  }

  @Test
  void all_afterRestarts_hasTheRowsOfAllLives() throws Exception {
    for (int life = 0; life < 3; life++) {
      try (FileJournal journal = open()) {
        assertThat(journal.all()).hasSize(2 * life);
        journal.put(2L * life + 1, row(2L * life + 1, 10));
        journal.put(2L * life + 2, row(2L * life + 2, 20));
      }
    }
    try (FileJournal journal = open()) {
      assertThat(sequences(journal)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
      assertThat(journal.all().get(4L)).isEqualTo(row(4, 20));
    }
  }

  @Test
  void all_afterATornWrite_endsBeforeItAndLaterLivesGoOn() throws Exception {
    try (FileJournal journal = open()) {
      for (long sequence = 1; sequence <= 3; sequence++) {
        journal.put(sequence, row(sequence, 1000));
      }
    }
    Path file = files().getFirst();
    byte[] whole = Files.readAllBytes(file);
    int rowBytes = whole.length / 3;
    SplittableRandom random = new SplittableRandom(1);
    for (int torn : new int[] {1, 3, 4, 5, rowBytes / 2, rowBytes - 1}) {
      byte[] cut = new byte[2 * rowBytes + torn];
      System.arraycopy(whole, 0, cut, 0, cut.length);
      Files.write(file, cut);
      try (FileJournal journal = open()) {
        assertThat(sequences(journal)).as("cut at %d", torn).containsExactly(1L, 2L);
      }
    }
    byte[] damaged = whole.clone();
    damaged[2 * rowBytes + 4 + random.nextInt(rowBytes - 4)]++;
    Files.write(file, damaged);
    try (FileJournal journal = open()) {
      assertThat(sequences(journal)).containsExactly(1L, 2L);
      journal.put(3, row(3, 7));
    }
    try (FileJournal journal = open()) {
      assertThat(sequences(journal)).containsExactly(1L, 2L, 3L);
      assertThat(journal.all().get(3L)).isEqualTo(row(3, 7));
    }
  }

  @Test
  void all_whereAFileEndsInZeros_endsBeforeThem() throws Exception {
    try (FileJournal journal = open()) {
      journal.put(1, row(1, 100));
    }
    Files.write(files().getFirst(), new byte[5000], StandardOpenOption.APPEND);
    try (FileJournal journal = open()) {
      assertThat(sequences(journal)).containsExactly(1L);
    }
  }

  @Test
  void remove_ofRowsInSeveralFiles_deletesTheFilesThatHoldNoOther() throws Exception {
    try (FileJournal journal = open()) {
      for (long sequence = 1; sequence <= 12; sequence++) {
        journal.put(sequence, row(sequence, LARGE));
      }
      assertThat(files()).hasSize(3);
      journal.remove(1, 3);
      assertThat(files()).hasSize(3);
      journal.remove(4, 5);
      assertThat(files()).hasSize(2);
      journal.remove(6, 12);
      assertThat(files()).hasSize(1);
      assertThat(sequences(journal)).isEqualTo(LongStream.rangeClosed(9, 12).boxed().toList());
    }
    try (FileJournal journal = open()) {
      assertThat(journal.all()).hasSize(4);
      journal.put(13, row(13, 1));
      journal.remove(9, 12);
      assertThat(sequences(journal)).containsExactly(13L);
    }
  }

  @Test
  void put_ofARowLargerThanAFile_isRead() throws Exception {
    try (FileJournal journal = open()) {
      journal.put(1, row(1, 8 * LARGE));
      journal.put(2, row(2, 1));
    }
    try (FileJournal journal = open()) {
      assertThat(ByteBuffer.wrap(journal.all().get(1L)))
          .isEqualTo(ByteBuffer.wrap(row(1, 8 * LARGE)));
      assertThat(journal.all()).hasSize(2);
    }
  }

  @Test
  void prepare_onAFullDisk_refuses_whatWasPreparedIsPut_andTheFileGrowsWithoutSuccessor()
      throws Exception {
    MemoryRoom disk = new MemoryRoom(1L << 32);
    try (StoreRoom room = disk.open(Duration.ofMillis(100));
        FileJournal journal =
            FileJournal.open(parent.resolve("journal"), new RandomAccessFileIOFactory(), room)) {
      journal.prepare(10 * LARGE, false);
      disk.leave(0);
      for (long sequence = 1; sequence <= 9; sequence++) {
        journal.put(sequence, row(sequence, LARGE));
      }
      assertThat(files()).hasSize(1);
      assertThatThrownBy(() -> journal.prepare(2 * LARGE, false)).isInstanceOf(DiskFull.class);
      assertThat(disk.reserveBytes()).isEqualTo(64 * LARGE);
      journal.prepare(2 * LARGE, true);
      assertThat(disk.reserveBytes()).isLessThan(64 * LARGE);
      journal.put(10, row(10, LARGE));
      disk.leave(100 * LARGE);
      journal.put(11, row(11, LARGE));
      assertThat(files()).hasSize(2);
      assertThat(journal.all()).hasSize(11);
    }
  }

  @Test
  void prepare_onAFullDiskBeforeTheFirstRow_leavesNoFile() throws Exception {
    MemoryRoom disk = new MemoryRoom(1L << 32);
    try (StoreRoom room = disk.open(Duration.ofMillis(100));
        FileJournal journal =
            FileJournal.open(parent.resolve("journal"), new RandomAccessFileIOFactory(), room)) {
      disk.leave(0);
      assertThatThrownBy(() -> journal.prepare(100, false)).isInstanceOf(DiskFull.class);
      assertThat(files()).isEmpty();
      journal.prepare(100, true);
      journal.put(1, row(1, 10));
      assertThat(journal.all()).hasSize(1);
    }
  }

  @Test
  void flush_thenPowerCut_hasAllThatWasPutBefore() throws Exception {
    CuttableFiles cuttable = new CuttableFiles();
    SplittableRandom random = new SplittableRandom(7);
    Path before = parent.resolve("journal");
    try (FileJournal journal = FileJournal.open(before, cuttable, MemoryRoom.ample())) {
      long next = 1;
      for (int round = 0; round < 20; round++) {
        for (int i = random.nextInt(4); i >= 0; i--) {
          journal.put(next, row(next, random.nextInt(LARGE)));
          next++;
        }
        journal.flush();
        long flushed = next - 1;
        journal.put(next, row(next, 100));
        next++;
        Path after = parent.resolve("after" + round);
        cuttable.cut(before, after, random);
        try (FileJournal left =
            FileJournal.open(after, new RandomAccessFileIOFactory(), MemoryRoom.ample())) {
          assertThat(sequences(left))
              .isEqualTo(
                  LongStream.rangeClosed(1, Math.max(flushed, left.all().lastKey()))
                      .boxed()
                      .toList());
        }
      }
    }
  }
}
