package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.engine.Engine;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.engine.Job;
import org.realize.sync.engine.LargeFiles;
import org.realize.sync.engine.PauseSchedule;
import org.realize.sync.engine.SyncJob;
import org.realize.sync.engine.SyncWork;
import org.realize.sync.loop.Loops;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RelativePath;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.Downloader;

@Timeout(60)
class EngineLoopTest {

  private static final ArenaName PHOTOS = new ArenaName("photos");

  private final Loops loops = new Loops(new SystemTimeSource());

  @Test
  void start_nothingDue_runsThePrologue_andCloseEndsIt() throws Exception {
    BlockingQueue<Thread> begun = new LinkedBlockingQueue<>();
    Engine idle = new Engine(PHOTOS, List.of(), new ManualTime());
    EngineLoop loop =
        EngineLoop.start(
            "test engine", List.of(idle), () -> begun.add(Thread.currentThread()), loops);
    Thread thread = Objects.requireNonNull(begun.poll(30, TimeUnit.SECONDS));
    assertThat(thread.getName()).isEqualTo("test engine");
    loop.close();
    assertThat(thread.isAlive()).isFalse();
  }

  /** Virtual time stands still: nothing but the commit can be what the job begins to work for. */
  @Test
  void wake_byACommit_jobsThatWereDueMuchLater_areSteppedAtOnce() throws Exception {
    ArenaRig rig = new ArenaRig();
    ScriptedPeer nas = new ScriptedPeer("nas");
    rig.links.add(nas);
    Content.File file = nas.serve(ScriptedPeer.bytes(1, 5));
    rig.show("a", file, nas);
    try (Downloader downloader = CachedFilesTest.downloader(rig)) {
      AtomicReference<Runnable> wake = new AtomicReference<>(() -> {});
      SyncWork work =
          new SyncWork(
              rig.arena(),
              RootIndex.NONE,
              rig.peers,
              downloader,
              PauseSchedule.NEVER,
              () -> wake.get().run());
      List<Job> jobs = List.of(new SyncJob(work, () -> true), new LargeFiles(work));
      Engine engine = new Engine(PHOTOS, jobs, rig.time);
      try (EngineLoop loop = EngineLoop.start("test engine", List.of(engine), () -> {}, loops)) {
        wake.set(loop::wake);
        await().until(() -> work.figures().done());
        assertThat(rig.blobs.find(file.hash())).isEmpty();
        rig.store.write(writer -> {
          writer.putMark(RelativePath.of("a"), Mark.KEEP);
        });
        await().until(() -> rig.blobs.cachedBytes() == file.sizeBytes());
      }
    }
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
      Engine engine = new Engine(PHOTOS, List.of(job), rig.time);
      try (EngineLoop _ = EngineLoop.start("test engine", List.of(engine), () -> {}, loops)) {
        await().until(() -> worked.size() == 2);
        assertThat(worked).containsExactlyInAnyOrder("a", "b");
      }
    }
  }
}
