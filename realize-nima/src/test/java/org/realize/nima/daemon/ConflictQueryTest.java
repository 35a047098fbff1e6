package org.realize.nima.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.nima.control.ArenaPath;
import org.realize.nima.control.ConflictOrder;
import org.realize.nima.control.ConflictReport;
import org.realize.nima.control.ConflictReport.CurrentVersion;
import org.realize.nima.control.ConflictReport.VersionKind;
import org.realize.sync.arena.Arena;
import org.realize.sync.engine.Conflicts;
import org.realize.sync.feed.Incarnations;
import org.realize.sync.feed.StoreNames;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.GlobalStore.Identity;
import org.realize.sync.port.Hello;
import org.realize.sync.port.PathState;
import org.realize.sync.port.Report;
import org.realize.sync.real.RootIndex;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.PathStates;

class ConflictQueryTest {

  private static final PeerName LAPTOP = new PeerName("laptop");
  private static final Content.File X =
      new Content.File(new ContentHash(0x1234_5678L << 32, 1, 1, 1), 10);
  private static final Content.File Y =
      new Content.File(new ContentHash(0x9abc_def0L << 32, 1, 1, 1), 20);

  private final ArenaRig rig = new ArenaRig();
  private final Arena arena = rig.arena();
  private StoreNames names;

  @BeforeEach
  void meetLaptop() throws Exception {
    Incarnations incarnations = Incarnations.opened(rig.global, rig.time, "machine");
    Identity laptop = new Identity(PathStates.ONE, List.of(PathStates.ONE.value()));
    incarnations.judge(LAPTOP, new Hello(laptop, java.util.Optional.empty()));
    names = new StoreNames(new PeerName("attic"), rig.global, incarnations, () -> List.of(LAPTOP));
    put("d/a.txt");
    put("d/b.jpg");
    put("e [1]");
  }

  /** The laptop's X against an unknown store's Y. */
  private void put(String path) throws RealizeException {
    Map<StoreId, Report> reports = new HashMap<>();
    Version x = Version.of(X, VersionVector.of(Map.of(PathStates.ONE.further(0), 1_000L)));
    Version y = Version.of(Y, VersionVector.of(Map.of(PathStates.TWO, 2_000L)));
    var metadata = PathStates.metadata(0644, FileTime.EPOCH);
    reports.put(PathStates.ONE, new Report(1, metadata, List.of(new Report.Reported(x, true))));
    reports.put(PathStates.TWO, new Report(1, metadata, List.of(new Report.Reported(y, false))));
    rig.store.write(writer -> {
      writer.put(new PathState(RelativePath.of(path), x, metadata, null, 0, reports));
    });
  }

  private ConflictReport run(@Nullable String use, String... paths) throws RealizeException {
    List<RelativePath> wanted = Stream.of(paths).map(RelativePath::of).toList();
    List<ArenaPath> named = wanted.stream().map(p -> new ArenaPath(ArenaRig.NAME, p)).toList();
    ConflictQuery query = new ConflictQuery(new ConflictOrder(named, use), names, rig.time);
    query.find(arena, new Conflicts(arena, RootIndex.NONE, rig.global), wanted);
    return query.run();
  }

  private List<String> found(String... paths) throws RealizeException {
    return run(null, paths).conflicts().stream()
        .map(conflict -> conflict.path().toString())
        .toList();
  }

  private Content shown(String path) throws RealizeException {
    return rig.store.read(r -> r.path(RelativePath.of(path))).orElseThrow().shown().content();
  }

  @Test
  void list_versions_sayWhoMadeThemAndWhoHoldsThem() throws Exception {
    assertThat(run(null, "d/a.txt").conflicts().getFirst().versions())
        .containsExactly(
            new CurrentVersion(
                VersionKind.FILE,
                X.hash().toString(),
                10,
                "laptop",
                Instant.ofEpochMilli(1_000),
                List.of("laptop"),
                true,
                false,
                "laptop:1000"),
            new CurrentVersion(
                VersionKind.FILE,
                Y.hash().toString(),
                20,
                PathStates.TWO.toString().substring(0, 8),
                Instant.ofEpochMilli(2_000),
                List.of(),
                false,
                false,
                PathStates.TWO.toString().substring(0, 8) + ":2000"));
  }

  @Test
  void list_pathsGlobsAndDirectories_findTheirs() throws Exception {
    assertThat(found()).containsExactly("d/a.txt", "d/b.jpg", "e [1]");
    assertThat(found("d")).containsExactly("d/a.txt", "d/b.jpg");
    assertThat(found("**.jpg", "d/*")).containsExactly("d/b.jpg", "d/a.txt");
    assertThat(found("e [1]")).containsExactly("e [1]");
    assertThat(found("e [")).isEmpty();
  }

  @Test
  void resolve_peerHashOrWord_choosesIt() throws Exception {
    assertThat(run("laptop", "d/a.txt").count()).isEqualTo(1);
    assertThat(run("9abc", "d/b.jpg").count()).isEqualTo(1);
    assertThat(run("newest").count()).isEqualTo(1);

    assertThat(shown("d/a.txt")).isEqualTo(X);
    assertThat(shown("d/b.jpg")).isEqualTo(Y);
    assertThat(shown("e [1]")).isEqualTo(Y);
    assertThat(found()).isEmpty();
  }

  @Test
  void resolve_wrongWords_areRefusedAndChangeNothing() throws Exception {
    assertThatThrownBy(() -> run("laptp", "d"))
        .isInstanceOf(Invalid.class)
        .hasMessage(
            "resolve: 'laptp' is no version: use newest, mine, deleted, both, four or more digits"
                + " of a hash, or laptop");
    assertThatThrownBy(() -> run("newest", "d", "d/c"))
        .isInstanceOf(NotFound.class)
        .hasMessage("resolve 'photos/d/c': no conflict is there");
    assertThat(found()).hasSize(3);
  }
}
