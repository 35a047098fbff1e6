package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.realize.sync.index.IndexerRig.file;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.realize.sync.delta.TreeHasher;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.PathState;

/** Files that take long to hash, beside all others. */
class LargeFilesTest {

  private final IndexerRig rig = new IndexerRig();
  private final Deque<FutureTask<?>> jobs = new ArrayDeque<>();

  LargeFilesTest() throws Exception {
    rig.hashers =
        new Hashers() {
          @Override
          public <T> Future<T> submit(long sizeBytes, Callable<T> job) {
            FutureTask<T> task = new FutureTask<>(job);
            if (sizeBytes < LARGE_BYTES) {
              task.run();
            } else {
              jobs.add(task);
            }
            return task;
          }
        };
    rig.start();
  }

  private void sparse(String path, long bytes) throws Exception {
    try (DiskFile file = rig.disk.open(RelativePath.of(path), OpenMode.CREATE_NEW)) {
      file.truncate(bytes);
    }
  }

  private Indexer.IndexOutcome hashAll() throws Exception {
    while (!jobs.isEmpty()) {
      jobs.remove().run();
    }
    return rig.indexer.look(Set.of());
  }

  private boolean isKnown(String path) throws RealizeException {
    return rig.state(path) != null;
  }

  @Test
  void look_largeFileInPieces_hashIsThatOfItsBytes() throws Exception {
    try (HasherThreads threads = new HasherThreads(2)) {
      rig.hashers = threads;
      rig.start();
      byte[] bytes = new byte[(int) Hashers.LARGE_BYTES + BlockHashing.WINDOW_BYTES + 5];
      new Random(1).nextBytes(bytes);
      try (DiskFile file = rig.disk.open(RelativePath.of("film"), OpenMode.CREATE_NEW)) {
        file.write(ByteBuffer.wrap(bytes), 0);
      }
      assertThat(rig.look("film").hashing()).isEqualTo(1);
      await().until(() -> rig.indexer.look(Set.of()).hashing() == 0 && isKnown("film"));
      assertThat(rig.known("film").shown().content())
          .isEqualTo(new Content.File(TreeHasher.hash(bytes), bytes.length));
    }
  }

  @Test
  void look_largeFileUnderWay_holdsUpNoOtherName() throws Exception {
    rig.write("other", "1");
    rig.scan();
    sparse("disk.img", 24L << 30);
    assertThat(rig.look("disk.img").hashing()).isEqualTo(1);
    rig.write("small", "2");
    rig.user.delete("other");
    assertThat(rig.look("small", "other").changes()).isEqualTo(2);
    assertThat(rig.known("small").shown().content()).isEqualTo(file("2"));
    assertThat(rig.known("other").shown().isTombstone()).isTrue();
    assertThat(isKnown("disk.img")).isFalse();
    Indexer.IndexOutcome done = hashAll();
    assertThat(done.changes()).isEqualTo(1);
    assertThat(done.hashing()).isZero();
    assertThat(rig.known("disk.img").shown().content())
        .isInstanceOfSatisfying(
            Content.File.class, file -> assertThat(file.sizeBytes()).isEqualTo(24L << 30));
  }

  @Test
  void look_queueFullOfLargeFiles_holdsUpNoOtherName() throws Exception {
    rig.scan();
    int files = 2_500;
    for (int i = 0; i < files; i++) {
      sparse("large" + i, Hashers.LARGE_BYTES);
    }
    rig.write("small", "2");
    Indexer.IndexOutcome outcome = rig.look("");
    assertThat(outcome.changes()).isEqualTo(1);
    assertThat(outcome.hashing()).isEqualTo(files);
    assertThat(rig.known("small").shown().content()).isEqualTo(file("2"));
    assertThat(hashAll().changes()).isEqualTo(files);
  }

  @Test
  void look_knownVersion_staysWhileItIsHashedAgain_onceOnly() throws Exception {
    sparse("disk.img", 1L << 30);
    rig.scan();
    hashAll();
    PathState before = rig.known("disk.img");
    rig.time.advance(Duration.ofSeconds(10));
    rig.user.mtime("disk.img", new org.realize.sync.model.FileTime(5, 0));
    rig.look("disk.img");
    rig.look("disk.img");
    assertThat(jobs).hasSize(1);
    assertThat(rig.known("disk.img")).isEqualTo(before);
    assertThat(hashAll().changes()).isEqualTo(1);
    assertThat(rig.known("disk.img").shown()).isEqualTo(before.shown());
    assertThat(rig.known("disk.img").metadata().mtime().seconds()).isEqualTo(5);
  }

  @Test
  void look_changedWhileItWaits_comesAgain() throws Exception {
    rig.scan();
    sparse("disk.img", 1L << 30);
    rig.look("disk.img");
    FutureTask<?> job = jobs.remove();
    rig.user.delete("disk.img");
    job.run();
    assertThat(rig.indexer.look(Set.of()).again()).containsExactly(RelativePath.of("disk.img"));
    assertThat(rig.look("disk.img").changes()).isZero();
    assertThat(isKnown("disk.img")).isFalse();
  }

  @Test
  void look_removedWhileItIsHashedAgain_staysRemoved() throws Exception {
    sparse("disk.img", 1L << 30);
    rig.scan();
    hashAll();
    rig.user.mtime("disk.img", new org.realize.sync.model.FileTime(5, 0));
    rig.look("disk.img");
    jobs.element().run();
    rig.user.delete("disk.img");
    rig.look("disk.img");
    assertThat(rig.known("disk.img").shown().isTombstone()).isTrue();
    rig.look("disk.img");
    assertThat(rig.known("disk.img").shown().isTombstone()).isTrue();
  }

  @Test
  void scan_afterADoubt_isDoneWhenItsLargeFilesAreHashed() throws Exception {
    sparse("disk.img", 1L << 30);
    sparse("vanishing.img", 1L << 30);
    rig.scan();
    hashAll();
    rig.user.delete(".realize");
    rig.scan();
    rig.places.confirm(RelativePath.ROOT);
    rig.user.mtime("disk.img", new org.realize.sync.model.FileTime(5, 0));
    rig.user.mtime("vanishing.img", new org.realize.sync.model.FileTime(5, 0));
    rig.scan();
    sparse("new.img", 1L << 30);
    rig.look("new.img");
    jobs.remove().run();
    rig.user.delete("vanishing.img");
    jobs.remove().run();
    assertThat(rig.places.isUnsettled(RelativePath.ROOT)).isTrue();
    assertThat(rig.indexer.look(Set.of()).hashing()).isEqualTo(1);
    assertThat(rig.places.isUnsettled(RelativePath.ROOT)).isFalse();
    assertThat(rig.known("disk.img").realStat()).isNotNull();
    rig.look("vanishing.img");
    assertThat(rig.known("vanishing.img").real()).isNull();
    assertThat(rig.known("vanishing.img").shown().isTombstone()).isFalse();
  }

  @Test
  void scan_firstOne_isDoneWhenItsLargeFilesAreHashed_alsoAfterACrash() throws Exception {
    sparse("disk.img", 1L << 30);
    rig.scan();
    assertThat(rig.indexer.scanned()).isFalse();
    rig.write("later", "1");
    rig.look("later");
    assertThat(rig.known("later").shown().found()).isFalse();
    jobs.clear();
    rig.start();
    rig.scan();
    hashAll();
    assertThat(rig.indexer.scanned()).isTrue();
    assertThat(rig.known("disk.img").shown().found()).isTrue();
  }
}
