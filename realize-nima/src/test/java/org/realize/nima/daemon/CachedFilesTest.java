package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheEvent.CacheEventKind;
import org.realize.nima.control.CacheOrder;
import org.realize.store.disk.SystemTimeSource;
import org.realize.sync.content.ContentVerifier;
import org.realize.sync.engine.FilesJob;
import org.realize.sync.engine.FilesJob.Task;
import org.realize.sync.engine.Scrub;
import org.realize.sync.model.ArenaName;
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

class CachedFilesTest {

  static final Scrub.ScrubListener NOTHING =
      new Scrub.ScrubListener() {
        @Override
        public void checked(long bytes) {}

        @Override
        public void damaged(String subject, ContentVerifier.Result result) {}
      };

  private static final ArenaName PHOTOS = new ArenaName("photos");
  private static final ArenaName FILMS = new ArenaName("films/old");

  private final ScriptedPeer nas = new ScriptedPeer("nas");
  private final List<AutoCloseable> open = new ArrayList<>();
  private final Map<ArenaName, CachedFiles.Jobs> arenas = new LinkedHashMap<>();
  private final List<CacheEvent> events = Collections.synchronizedList(new ArrayList<>());

  @BeforeEach
  void fill() throws RealizeException {
    ArenaRig photos = arena(PHOTOS);
    photos.show("a", nas.serve(ScriptedPeer.bytes(1, 5)), nas);
    photos.show("d/b c", nas.serve(ScriptedPeer.bytes(2, 7)), nas);
    arena(FILMS).show("f", nas.serve(ScriptedPeer.bytes(3, 9)), nas);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private ArenaRig arena(ArenaName name) {
    ArenaRig rig = new ArenaRig();
    rig.links.add(nas);
    Downloader downloader = downloader(rig);
    open.add(downloader);
    ContentVerifier verifier = verifier(rig, downloader);
    arenas.put(
        name,
        (task, top, listener) -> new FilesJob(verifier, downloader, NOTHING, task, top, listener));
    return rig;
  }

  static Downloader downloader(ArenaRig rig) {
    return new Downloader(rig.arena(), rig.peers, new DownloadPool(DownloadLimits.DEFAULT));
  }

  static ContentVerifier verifier(ArenaRig rig, Downloader downloader) {
    return new ContentVerifier(rig.arena(), downloader, RootIndex.NONE, Throttle.NONE);
  }

  private static ArenaPath at(ArenaName arena, String path) {
    return new ArenaPath(arena, RelativePath.of(path));
  }

  private List<String> run(Task task, ArenaPath... paths)
      throws RealizeException, InterruptedException {
    events.clear();
    new CachedFiles(
            new CacheOrder(task, List.of(paths)),
            arenas,
            new WorkProgress(events::add, new SystemTimeSource()))
        .run();
    return events.stream()
        .filter(event -> event.path() != null)
        .map(event -> event.path() + " " + event.kind())
        .sorted()
        .toList();
  }

  private CacheEvent.@Nullable WorkTotals totals() {
    CacheEvent last = events.getLast();
    assertThat(last.kind()).isEqualTo(CacheEventKind.DONE);
    return last.totals();
  }

  @Test
  void run_pathsOfTwoArenas_eachFileIsReported_thenTheTotals() throws Exception {
    assertThat(run(Task.FETCH, at(PHOTOS, "d"), at(FILMS, "f")))
        .containsExactly("films/old/f FETCHED", "photos/d/b c FETCHED");
    assertThat(totals()).isEqualTo(new CacheEvent.WorkTotals(2, 16, 2, 16, 0));
  }

  @Test
  void run_noPath_isOfAllArenas() throws Exception {
    assertThat(run(Task.VERIFY)).hasSize(3).allMatch(line -> line.endsWith(" WAS_NOT_HERE"));
  }

  @Test
  void run_onePathIsNotThere_nothingIsDone() {
    assertThatThrownBy(() -> run(Task.FETCH, at(PHOTOS, "a"), at(PHOTOS, "absent")))
        .isInstanceOf(NotFound.class)
        .hasMessage("fetch 'photos/absent': not found");
    assertThat(events).noneMatch(event -> event.path() != null);
  }

  @Test
  void run_noSuchArena_isRefused() {
    assertThatThrownBy(() -> run(Task.EVICT, at(new ArenaName("music"), "x")))
        .isInstanceOf(NotFound.class)
        .hasMessage("evict 'music/x': no arena is there");
  }

  @Test
  void run_peerAway_failureIsReportedAndCounted() throws Exception {
    nas.disconnect();
    assertThat(run(Task.FETCH, at(PHOTOS, "a"))).containsExactly("photos/a FAILED");
    assertThat(totals()).isEqualTo(new CacheEvent.WorkTotals(1, 5, 0, 5, 1));
  }
}
