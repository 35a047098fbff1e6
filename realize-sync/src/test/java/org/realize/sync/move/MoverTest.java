package org.realize.sync.move;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ByteRange;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Unreachable;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.PartialFiles;
import org.realize.sync.real.RootCapabilities;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.SleeplessTime;

/** Many files: side by side within the gate, again after errors, and on after an interruption. */
final class MoverTest {
  private static final int SMALL_FILES = 200;
  private static final int SMALL_BYTES = 40_000;
  private static final int LARGE_BYTES = 9 << 20;

  private final MemoryDisk from = new MemoryDisk(new ManualTime());
  private final MemoryDisk to = new MemoryDisk(new ManualTime(), 1L << 40, 2);
  private final SleeplessTime time = new SleeplessTime();
  private final MoveSource nas = new PlainSource("nas", from, time).files();
  private final FlakyTarget desk =
      new FlakyTarget(PlainTarget.files("desk", to, RootCapabilities.FULL));
  private final Told told = new Told();

  /** The events that the listener received. */
  private static final class Told implements Mover.MoveListener {
    private final List<String> moved = Collections.synchronizedList(new ArrayList<>());
    private final List<String> failed = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger retries = new AtomicInteger();

    @Override
    public void moved(MovedFile file, FileMove.MoveOutcome outcome) {
      moved.add(file.path().toString());
    }

    @Override
    public void retrying(MovedFile file, RealizeException cause, Duration delay) {
      retries.incrementAndGet();
    }

    @Override
    public void failed(MovedFile file, RealizeException cause) {
      failed.add(file.path() + ": " + cause.oneLine());
    }
  }

  /** A target that is unreachable for some calls, and notes how much is on its way at once. */
  private static final class FlakyTarget extends ForwardingTarget {
    private final AtomicInteger unreachable = new AtomicInteger();
    private final AtomicInteger unreachableFinishes = new AtomicInteger();
    private final AtomicLong bytesUnderWay = new AtomicLong();
    private final AtomicLong mostBytes = new AtomicLong();
    private final AtomicInteger filesUnderWay = new AtomicInteger();
    private final AtomicInteger mostFiles = new AtomicInteger();
    private Runnable atEachFile = () -> {};

    /** Holds up sends until so many are under way. */
    private CountDownLatch together = new CountDownLatch(0);

    FlakyTarget(MoveTarget end) {
      super(end);
    }

    @Override
    public void send(RelativePath path, long offset, byte[] bytes)
        throws RealizeException, InterruptedException {
      if (unreachable.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new Unreachable("write '" + path + "' at desk: connection refused");
      }
      mostBytes.accumulateAndGet(bytesUnderWay.addAndGet(bytes.length), Math::max);
      mostFiles.accumulateAndGet(filesUnderWay.incrementAndGet(), Math::max);
      together.countDown();
      awaitUninterruptibly(together);
      super.send(path, offset, bytes);
      bytesUnderWay.addAndGet(-bytes.length);
      filesUnderWay.decrementAndGet();
    }

    private static void awaitUninterruptibly(CountDownLatch latch) {
      try {
        assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public void finish(MovedFile file) throws RealizeException, InterruptedException {
      if (unreachableFinishes.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
        throw new Unreachable("finish '" + file.path() + "' at desk: connection refused");
      }
      super.finish(file);
      atEachFile.run();
    }
  }

  private void makeFiles() throws Exception {
    SplittableRandom random = new SplittableRandom(5);
    from.user().createDirectory("d");
    for (int i = 0; i < SMALL_FILES; i++) {
      byte[] bytes = new byte[SMALL_BYTES];
      random.nextBytes(bytes);
      from.user().write("d/small-" + i, bytes);
    }
    from.user().write("large", new byte[LARGE_BYTES]);
  }

  private Mover mover() {
    return mover(nas);
  }

  private Mover mover(MoveSource source) {
    FileMove move = new FileMove(source, desk, false, new Tally());
    Mover.Settings settings = new Mover.Settings(16, Duration.ofHours(1));
    return new Mover(move, settings, told, time, new SplittableRandom(1));
  }

  private void requireAllMoved() throws Exception {
    assertThat(nas.list(Optional.empty(), 10).files()).isEmpty();
    MoveSource arrived = new PlainSource("desk", to, time).files();
    assertThat(arrived.list(Optional.empty(), SMALL_FILES + 3).files()).hasSize(SMALL_FILES + 2);
    assertThat(to.user().read("large")).hasSize(LARGE_BYTES);
  }

  /** #sizegate: many small files at once, never more bytes than the gate lets through. */
  @Test
  void run_smallAndLargeFiles_goSideBySideWithinTheGate() throws Exception {
    makeFiles();
    desk.together = new CountDownLatch(2);
    assertThat(mover().run()).isZero();
    requireAllMoved();
    assertThat(told.moved).hasSize(SMALL_FILES + 1);
    assertThat(desk.mostBytes.get()).isLessThanOrEqualTo(Mover.BYTES_IN_FLIGHT);
    assertThat(desk.mostFiles.get()).isBetween(2, 16);
  }

  @Test
  void enter_moreThanThereIsRoomFor_waits() throws Exception {
    ByteGate gate = new ByteGate(100, 3);
    ByteGate.BytePass large = gate.enter(5_000);
    AtomicInteger entered = new AtomicInteger();
    Thread small =
        Thread.ofVirtual()
            .start(() -> {
              try {
                gate.enter(1).close();
                entered.incrementAndGet();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(small.join(Duration.ofMillis(50))).isFalse();
    large.close();
    assertThat(small.join(Duration.ofSeconds(30))).isTrue();
    assertThat(entered.get()).isEqualTo(1);
    gate.enter(50).close();
  }

  /** #testretries: network errors are tried again, later each time. */
  @Test
  void run_targetUnreachableForAWhile_triesAgainLaterEachTime() throws Exception {
    from.user().write("f", new byte[10]);
    desk.unreachable.set(12);
    assertThat(mover().run()).isZero();
    assertThat(told.retries.get()).isEqualTo(12);
    assertThat(time.sleeps().getFirst()).isBetween(Duration.ofMillis(400), Duration.ofMillis(600));
    assertThat(time.sleeps().get(1)).isBetween(Duration.ofMillis(800), Duration.ofMillis(1_200));
    assertThat(time.sleeps().getLast()).isBetween(Duration.ofMinutes(4), Duration.ofMinutes(6));
  }

  /** #errormsg: one line says what, which path, which end, and why. */
  @Test
  void run_targetUnreachableForTooLong_failsWithEndAndCause() throws Exception {
    from.user().write("f", new byte[10]);
    desk.unreachable.set(Integer.MAX_VALUE);
    assertThat(mover().run()).isEqualTo(1);
    assertThat(told.failed).containsExactly("f: write 'f' at desk: connection refused");
    assertThat(from.user().read("f")).hasSize(10);
  }

  @Test
  void run_oneFileInTheWay_movesTheOthers() throws Exception {
    makeFiles();
    to.user().createDirectory("d");
    to.user().write("d/small-7", new byte[1]);
    assertThat(mover().run()).isEqualTo(1);
    assertThat(told.failed).hasSize(1).first().asString().startsWith("d/small-7: ");
    assertThat(nas.list(Optional.empty(), 10).files())
        .extracting(file -> file.path().toString())
        .containsExactly("d", "d/small-7");
  }

  @Test
  void run_fileThatChangesMeanwhile_isMovedAsItIsThen() throws Exception {
    from.user().write("f", new byte[10]);
    ForwardingSource changing =
        new ForwardingSource(nas) {
          private boolean changed;

          @Override
          public byte[] read(MovedFile file, ByteRange range)
              throws RealizeException, InterruptedException {
            if (!changed) {
              changed = true;
              try {
                from.user().write("f", new byte[] {1, 2, 3});
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            }
            return super.read(file, range);
          }
        };
    assertThat(mover(changing).run()).isZero();
    assertThat(to.user().read("f")).containsExactly(1, 2, 3);
  }

  @Test
  void run_interrupted_stopsAndTheNextOneFinishes() throws Exception {
    makeFiles();
    AtomicInteger finished = new AtomicInteger();
    Thread mine = Thread.currentThread();
    desk.atEachFile =
        () -> {
          if (finished.incrementAndGet() == 30) {
            mine.interrupt();
          }
        };
    assertThatThrownBy(() -> mover().run()).isInstanceOf(InterruptedException.class);
    assertThat(nas.list(Optional.empty(), 1_000).files()).isNotEmpty();
    assertThat(mover().run()).isZero();
    requireAllMoved();
  }

  private static final FileTime OLD = new FileTime(1_000_000_000, 5);

  private void makeTree() throws Exception {
    for (String directory : List.of("d", "d/sealed", "d/sealed/deep", "empty", "\u00fc \u4e2d")) {
      from.user().createDirectory(directory);
    }
    from.user().write("d/sealed/deep/f", new byte[7]);
    from.user().symbolicLink("d/sealed/up", "../no where");
    from.user().symbolicLink("\u00fc \u4e2d/l", "\u00e9");
    for (String path : List.of("d/sealed/up", "d/sealed/deep", "d/sealed", "d", "empty")) {
      from.user().mtime(path, OLD);
    }
    from.user().mode("d/sealed", 0555);
    from.user().mode("empty", 0300);
  }

  private void requireTreeMoved() throws Exception {
    assertThat(to.readLink(RelativePath.of("d/sealed/up"))).isEqualTo("../no where");
    assertThat(to.readLink(RelativePath.of("\u00fc \u4e2d/l"))).isEqualTo("\u00e9");
    assertThat(to.user().read("d/sealed/deep/f")).hasSize(7);
    assertThat(to.stat(RelativePath.of("d/sealed/up")).orElseThrow().mtime()).isEqualTo(OLD);
    assertThat(to.list(PartialFiles.DIRECTORY).names()).isEmpty();
    assertThat(mode("d/sealed")).isEqualTo(0555);
    assertThat(mode("empty")).isEqualTo(0300);
    assertThat(mode("d")).isEqualTo(0755);
  }

  private int mode(String path) throws Exception {
    return to.stat(RelativePath.of(path)).orElseThrow().mode();
  }

  @Test
  void run_linksAndDirectories_moveWithModesAndTimes() throws Exception {
    makeTree();
    assertThat(mover().run()).isZero();
    requireTreeMoved();
    for (String path : List.of("d/sealed/deep", "d/sealed", "d", "empty")) {
      assertThat(to.stat(RelativePath.of(path)).orElseThrow().mtime()).as(path).isEqualTo(OLD);
    }
    assertThat(from.list(RelativePath.ROOT).names()).containsExactly(".realize");
    assertThat(told.moved)
        .containsExactlyInAnyOrder("d/sealed/deep/f", "d/sealed/up", "\u00fc \u4e2d/l");
  }

  /** What a directory of the source still holds keeps it, and is no failure of its own. */
  @Test
  void run_somethingStays_keepsTheDirectoriesAboveIt() throws Exception {
    makeTree();
    to.user().createDirectory("d");
    to.user().createDirectory("d/sealed");
    to.user().symbolicLink("d/sealed/up", "elsewhere");
    from.user().fifo("empty/fifo");
    assertThat(mover().run()).isEqualTo(1);
    assertThat(told.failed).singleElement().asString().contains("different");
    assertThat(from.list(RelativePath.ROOT).names())
        .containsExactlyInAnyOrder(".realize", "d", "empty");
    assertThat(from.list(RelativePath.of("d/sealed")).names()).containsExactly("up");
    assertThat(from.readLink(RelativePath.of("d/sealed/up"))).isEqualTo("../no where");
    assertThat(to.readLink(RelativePath.of("d/sealed/up"))).isEqualTo("elsewhere");
  }

  /** The target's users decided who may enter it. */
  @Test
  void run_directoryWithAnotherModeAtTheTarget_keepsItsMode() throws Exception {
    makeTree();
    to.user().createDirectory("d");
    to.user().mode("d", 0750);
    assertThat(mover().run()).isZero();
    assertThat(mode("d")).isEqualTo(0750);
    assertThat(to.stat(RelativePath.of("d")).orElseThrow().mtime()).isNotEqualTo(OLD);
    assertThat(mode("d/sealed")).isEqualTo(0555);
  }

  @Test
  void run_fileHasTheNameOfADirectory_leavesBoth() throws Exception {
    makeTree();
    to.user().write("d", new byte[1]);
    assertThat(mover().run()).isEqualTo(5);
    assertThat(told.failed).contains("d: 'd' at desk is no directory; it is left");
    assertThat(to.user().read("d")).hasSize(1);
    assertThat(from.user().read("d/sealed/deep/f")).hasSize(7);
    assertThat(mode("empty")).isEqualTo(0300);
  }

  /** A name below waits for its directory, which alone tries again. */
  @Test
  void run_directoriesUnreachableForAWhile_areTriedAgain() throws Exception {
    makeTree();
    desk.unreachableFinishes.set(12);
    assertThat(mover().run()).isZero();
    assertThat(told.retries.get()).isEqualTo(12);
    requireTreeMoved();
  }
}
