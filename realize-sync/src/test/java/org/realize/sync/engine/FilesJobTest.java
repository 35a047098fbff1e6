package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.delta.TreeShape;
import org.realize.sync.engine.FilesJob.Task;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.rate.Throttle;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.ScriptedPeer;
import org.realize.sync.transfer.DownloadLimits;
import org.realize.sync.transfer.DownloadPool;
import org.realize.sync.transfer.Downloader;

class FilesJobTest {

  private static final Scrub.ScrubListener NOTHING =
      new Scrub.ScrubListener() {
        @Override
        public void checked(long bytes) {}

        @Override
        public void damaged(String subject, ContentVerifier.Result result) {}
      };

  private static final int SIZE = 2 * TreeShape.BLOCK_BYTES + 10;

  private final ArenaRig rig = new ArenaRig();
  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final List<String> worked = new ArrayList<>();
  private final Downloader downloader = downloader(rig);

  @BeforeEach
  void connect() {
    rig.links.add(nas);
  }

  @AfterEach
  void close() {
    downloader.close();
  }

  private static Downloader downloader(ArenaRig rig) {
    return new Downloader(rig.arena(), rig.peers, new DownloadPool(DownloadLimits.DEFAULT));
  }

  private static ContentVerifier verifier(ArenaRig rig, Downloader downloader) {
    return new ContentVerifier(rig.arena(), downloader, RootIndex.NONE, Throttle.NONE);
  }

  static FilesJob evict(ArenaRig rig, RelativePath top, FilesJob.FilesListener listener)
      throws RealizeException {
    Downloader downloader = downloader(rig);
    return new FilesJob(verifier(rig, downloader), downloader, NOTHING, Task.EVICT, top, listener);
  }

  private FilesJob job(Task task, String top) throws RealizeException {
    RelativePath path = top.isEmpty() ? RelativePath.ROOT : RelativePath.of(top);
    return new FilesJob(
        verifier(rig, downloader),
        downloader,
        NOTHING,
        task,
        path,
        (file, outcome, message) ->
            worked.add(file.path() + " " + outcome + (message.isEmpty() ? "" : ": " + message)));
  }

  private List<String> run(Task task, String top) throws RealizeException, InterruptedException {
    worked.clear();
    FilesJob job = job(task, top);
    Optional<Duration> next = job.left().isEmpty() ? Optional.empty() : job.step();
    while (next.isPresent()) {
      assertThat(next).contains(Duration.ZERO);
      next = job.step();
    }
    assertThat(job.step()).isEmpty();
    worked.sort(null);
    return worked;
  }

  private Content.File show(String path, int seed) throws RealizeException {
    Content.File content = nas.serve(ScriptedPeer.bytes(seed, SIZE));
    rig.show(path, content, nas);
    return content;
  }

  @Test
  void step_fetch_allBelowThePath_onceEach() throws Exception {
    show("d/a", 1);
    show("d/e/b", 2);
    show("other", 3);
    assertThat(run(Task.FETCH, "d")).containsExactly("d/a FETCHED", "d/e/b FETCHED");
    long asked = nas.blocksAsked();
    assertThat(run(Task.FETCH, "d")).containsExactly("d/a WAS_HERE", "d/e/b WAS_HERE");
    assertThat(nas.blocksAsked()).isEqualTo(asked);
  }

  /** Moves time on whenever a download sleeps, as it does for a peer that may be hashing. */
  private void passTime() {
    try {
      while (true) {
        rig.time.leap(1);
      }
    } catch (InterruptedException e) {
      // the files were worked on
    }
  }

  @Test
  void step_oneFileFails_othersAreWorkedOn() throws Exception {
    show("a", 1);
    rig.show("lost", new ScriptedPeer("away").serve(ScriptedPeer.bytes(9, SIZE)), nas);
    show("z", 2);
    Thread clock = Thread.startVirtualThread(this::passTime);
    List<String> results = run(Task.FETCH, "");
    clock.interrupt();
    clock.join();
    assertThat(results).hasSize(3).contains("a FETCHED", "z FETCHED");
    assertThat(results.get(1)).startsWith("lost FAILED: ");
  }

  @Test
  void step_fetch_fileThatCanNeverFit_isRefusedBeforeItsFirstByte() throws Exception {
    show("a", 1);
    rig.blobs.capacity(SIZE - 1);

    assertThat(run(Task.FETCH, "a"))
        .singleElement()
        .asString()
        .startsWith("a FAILED: cache of arena 'photos' is too small: it may hold 262,153 bytes");
    assertThat(nas.blocksAsked()).isZero();
  }

  @Test
  void step_evict_whatPeersHave() throws Exception {
    show("a", 1);
    assertThat(run(Task.EVICT, "a")).containsExactly("a WAS_NOT_HERE");
    run(Task.FETCH, "a");
    assertThat(run(Task.EVICT, "a")).containsExactly("a EVICTED");
  }

  @Test
  void step_verify_soundAndAbsent() throws Exception {
    show("a", 1);
    show("b", 2);
    run(Task.FETCH, "a");
    assertThat(run(Task.VERIFY, "")).containsExactly("a SOUND", "b WAS_NOT_HERE");
  }

  @Test
  void filesJob_nothingThere_isRefused() {
    assertThatThrownBy(() -> job(Task.FETCH, "absent"))
        .isInstanceOf(NotFound.class)
        .hasMessageContaining("absent");
  }
}
