package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.sync.engine.Engine;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.TimeSource;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.Downloader;

@Timeout(60)
class EngineLoopTest {

  private static final ArenaName PHOTOS = new ArenaName("photos");

  private final BlockingQueue<Duration> slept = new LinkedBlockingQueue<>();
  private final CountDownLatch left = new CountDownLatch(1);

  /** Notes for how long the loop sleeps, and sleeps until it is interrupted. */
  private final TimeSource time =
      new TimeSource() {
        @Override
        public long unixMillis() {
          return 0;
        }

        @Override
        public long monotonicNanos() {
          return 0;
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
          slept.add(duration);
          try {
            new CountDownLatch(1).await();
          } finally {
            left.countDown();
          }
        }
      };

  @Test
  void start_nothingDue_sleepsUntilSomethingIs_closeEndsIt() throws Exception {
    BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    Engine idle = new Engine(PHOTOS, List.of(), time);
    EngineLoop loop =
        EngineLoop.start(
            "test engine", List.of(idle), time, () -> begun.add(Thread.currentThread().getName()));
    assertThat(slept.poll(30, TimeUnit.SECONDS)).isEqualTo(idle.step());
    assertThat(begun).containsExactly("test engine");
    loop.close();
    assertThat(left.getCount()).isZero();
  }

  @Test
  void start_jobHasMoreSteps_theLoopDoesNotWaitBetweenThem() throws Exception {
    ArenaRig rig = new ArenaRig();
    ScriptedPeer nas = new ScriptedPeer("nas");
    rig.show("a", nas.serve(ScriptedPeer.bytes(1, 5)), nas);
    rig.show("b", nas.serve(ScriptedPeer.bytes(2, 5)), nas);
    BlockingQueue<String> worked = new LinkedBlockingQueue<>();
    try (Downloader downloader = CachedFilesTest.downloader(rig)) {
      FilesJob job =
          new FilesJob(
              CachedFilesTest.verifier(rig, downloader),
              downloader,
              CachedFilesTest.NOTHING,
              FilesJob.Task.EVICT,
              RelativePath.ROOT,
              (file, _, _) -> worked.add(file.path().toString()));
      Engine engine = new Engine(PHOTOS, List.of(job), time);
      try (EngineLoop _ = EngineLoop.start("test engine", List.of(engine), time, () -> {})) {
        assertThat(slept.poll(30, TimeUnit.SECONDS)).isPositive();
        assertThat(worked).containsExactlyInAnyOrder("a", "b");
      }
    }
  }
}
