package org.realize.sync.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.sync.engine.Conflicts.Choice;
import org.realize.sync.model.Content;
import org.realize.sync.model.ContentHash;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.Mark;
import org.realize.sync.model.Metadata;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RealizeException.NotFound;
import org.realize.sync.model.RealizeException.VersionGone;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.StoreId;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.Report;
import org.realize.sync.real.RootIndex;
import org.realize.sync.rules.Availability;
import org.realize.sync.rules.ConflictRules;
import org.realize.sync.testing.ArenaRig;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.PathStates;

class ConflictsTest {

  /** The file with the lower hash. */
  private static final Content.File LOW = file(0x1234_5678L);

  private static final Content.File HIGH = file(0x9abc_def0L);
  private static final Content GONE = new Content.Absent();
  private static final FileTime REAL_MTIME = FileTime.ofNanos(77);

  private final ArenaRig rig = new ArenaRig();
  private final Conflicts conflicts = new Conflicts(rig.arena(), RootIndex.NONE, rig.global);

  private static Content.File file(long firstDigits) {
    return new Content.File(new ContentHash(firstDigits << 32, 1, 1, 1), 3);
  }

  private static Version version(Content content, StoreId store, long counter) {
    return Version.of(content, VersionVector.of(Map.of(store, counter)));
  }

  /** A path whose first version is shown, and each of which a store of its own reports. */
  private void put(String path, @Nullable Version real, Version... versions)
      throws RealizeException {
    Metadata metadata = PathStates.metadata(0640, FileTime.ofNanos(1));
    Map<StoreId, Report> reports = new HashMap<>();
    for (Version version : versions) {
      StoreId store = version.vector().counters().firstKey();
      reports.put(store, new Report(1, metadata, List.of(new Report.Reported(version, true))));
    }
    FileStat stat = new FileStat(FileStat.Kind.FILE, 3, 0644, REAL_MTIME, 77, 1, 1, 1, 0, 0);
    RealVersion onDisk = real == null ? null : new RealVersion(real, stat, 0);
    PathState state =
        new PathState(RelativePath.of(path), versions[0], metadata, onDisk, 0, reports);
    rig.store.write(writer -> {
      writer.put(state);
    });
  }

  private PathState state(String path) throws RealizeException {
    return rig.store.read(reader -> reader.path(RelativePath.of(path))).orElseThrow();
  }

  private void resolve(Choice choice, String... names) throws RealizeException {
    List<RelativePath> paths = Stream.of(names).map(RelativePath::of).toList();
    conflicts.check(paths, choice);
    conflicts.resolve(paths, choice);
  }

  private List<String> feed() throws RealizeException {
    List<PathState> feed = rig.store.read(reader -> reader.feed(0, 9));
    return feed.stream().map(state -> state.path().toString()).toList();
  }

  private List<String> open() throws RealizeException {
    return conflicts.list(_ -> true).stream().map(state -> state.path().toString()).toList();
  }

  @Test
  void list_someConflicts_areThoseInPathOrder() throws Exception {
    put("z", null, version(LOW, PathStates.ONE, 1), version(HIGH, PathStates.TWO, 2));
    put("calm", null, version(LOW, PathStates.ONE, 1));
    put("a", null, version(LOW, PathStates.ONE, 1), version(GONE, PathStates.TWO, 2));

    assertThat(open()).containsExactly("a", "z");
    assertThat(conflicts.list(path -> path.name().equals("z"))).hasSize(1);
    assertThat(ConflictRules.versions(state("z")))
        .containsExactly(version(LOW, PathStates.ONE, 1), version(HIGH, PathStates.TWO, 2));
    assertThat(ConflictRules.maker(state("z").shown())).contains(PathStates.ONE);
  }

  @Test
  void resolve_eachChoice_showsIt() throws Exception {
    Version one = version(HIGH, PathStates.ONE, 10);
    Version two = version(LOW, PathStates.TWO, 20);
    Map<Choice, Content> expected =
        Map.of(
            new Choice.Newest(), LOW,
            new Choice.Mine(), LOW,
            new Choice.OfPeer("one", Set.of(PathStates.ONE)), HIGH,
            new Choice.OfPeer("two", Set.of(PathStates.TWO)), LOW,
            new Choice.OfHash(HIGH.hash().toString().substring(0, 6)), HIGH,
            new Choice.Deleted(), GONE);
    for (Map.Entry<Choice, Content> each : expected.entrySet()) {
      put("dir/f", two, one, two);

      resolve(each.getKey(), "dir/f");

      assertThat(state("dir/f").shown().content()).as("" + each).isEqualTo(each.getValue());
      assertThat(open()).isEmpty();
      assertThat(feed()).containsExactly("dir/f");
    }
  }

  /** The shown version has no holder any more; what a peer still has is one it has replaced. */
  @Test
  void use_earlierVersionThatAPeerStillHas_isShownAndFollowsAll() throws Exception {
    FileTime oldTime = FileTime.ofNanos(5);
    Version old = version(LOW, PathStates.ONE, 10);
    Version now = version(HIGH, PathStates.ONE, 20);
    Metadata metadata = PathStates.metadata(0640, FileTime.ofNanos(9));
    Metadata oldMetadata = PathStates.metadata(0600, oldTime);
    Map<StoreId, Report> reports =
        Map.of(
            PathStates.ONE,
            new Report(1, metadata, List.of(new Report.Reported(now, false))),
            PathStates.TWO,
            new Report(1, oldMetadata, List.of(new Report.Reported(old, true))));
    PathState before = new PathState(RelativePath.of("f"), now, metadata, null, 0, reports);
    rig.store.write(writer -> {
      writer.put(before);
    });
    assertThat(ConflictRules.earlier(before)).containsExactly(old);
    RelativePath path = before.path();
    assertThat(conflicts.use(path, "ffff")).isEmpty();
    assertThat(conflicts.use(path, HIGH.hash().hex8())).contains(HIGH);
    assertThat(state("f")).as("shown already").isEqualTo(before);

    assertThat(conflicts.use(path, LOW.hash().hex8())).contains(LOW);

    PathState after = state("f");
    assertThat(after.shown().content()).isEqualTo(LOW);
    assertThat(after.shown().vector().compare(now.vector())).isEqualTo(VersionVector.Order.AFTER);
    assertThat(after.metadata().mtime()).isEqualTo(oldTime);
    assertThat(after.metadata().join(metadata).mtime()).isEqualTo(oldTime);
    assertThat(after.metadata().mode()).isEqualTo(0640);
    assertThat(Availability.holders(after)).containsExactly(PathStates.TWO);
    assertThat(feed()).containsExactly("f");
  }

  @Test
  void use_sideOfAConflict_endsIt_andAmbiguousDigitsAreRefused() throws Exception {
    put("f", null, version(LOW, PathStates.ONE, 1), version(HIGH, PathStates.TWO, 2));

    assertThat(conflicts.use(RelativePath.of("f"), HIGH.hash().hex8())).contains(HIGH);
    assertThat(state("f").shown().content()).isEqualTo(HIGH);
    assertThat(open()).isEmpty();
    put("g", null, version(LOW, PathStates.ONE, 1), version(HIGH, PathStates.TWO, 2));
    assertThat(conflicts.use(RelativePath.of("g"), LOW.hash().hex8())).contains(LOW);
    assertThat(open()).as("what is shown already, but disputed").isEmpty();
    put("h", null, version(LOW, PathStates.ONE, 1), version(HIGH, PathStates.TWO, 2));
    assertThatThrownBy(() -> conflicts.use(RelativePath.of("h"), ""))
        .isInstanceOf(Invalid.class)
        .hasMessageContaining("two versions begin with");
    assertThat(conflicts.use(RelativePath.of("none"), "1234")).isEmpty();
  }

  @Test
  void newest_equalTimes_isTheHigherHash_andNeverADeletion() throws Exception {
    put("f", null, version(LOW, PathStates.ONE, 10), version(HIGH, PathStates.TWO, 10));
    put("g", null, version(LOW, PathStates.ONE, 10), version(GONE, PathStates.TWO, 99));

    resolve(new Choice.Newest(), "f", "g");

    assertThat(state("f").shown().content()).isEqualTo(HIGH);
    assertThat(state("g").shown().content()).isEqualTo(LOW);
  }

  @Test
  void both_twoFiles_theHigherHashKeepsTheName_andTheOtherItsAttributes() throws Exception {
    Version one = version(HIGH, PathStates.ONE, 10);
    Version two = version(LOW, PathStates.TWO, 20);
    put("dir/letter.odt", two, two, one);
    rig.store.write(writer -> {
      writer.putMark(RelativePath.of("dir/letter.odt"), Mark.KEEP);
    });

    resolve(new Choice.Both(), "dir/letter.odt");

    String beside = "dir/letter (" + LOW.hash().hex8() + ").odt";
    assertThat(state("dir/letter.odt").shown().content()).isEqualTo(HIGH);
    assertThat(state(beside).shown().content()).isEqualTo(LOW);
    assertThat(state(beside).shown().from()).isEqualTo(RelativePath.of("dir/letter.odt"));
    assertThat(state(beside).metadata().mtime()).isEqualTo(REAL_MTIME);
    assertThat(rig.store.read(rig.arena()::marks).of(RelativePath.of(beside))).isEqualTo(Mark.KEEP);
    assertThat(feed()).containsExactly(beside, "dir/letter.odt");
  }

  @Test
  void both_nameBesideIsTaken_isRefused_unlessByThatFile() throws Exception {
    Version one = version(HIGH, PathStates.ONE, 10);
    Version two = version(LOW, PathStates.TWO, 20);
    String beside = "f (" + LOW.hash().hex8() + ")";
    put("f", null, one, two);
    put(beside, null, version(PathStates.file(7), PathStates.ONE, 3));

    assertThatThrownBy(() -> resolve(new Choice.Both(), "f"))
        .isInstanceOf(Invalid.class)
        .hasMessage("resolve 'f': there is another '" + beside + "'");
    put(beside, null, version(LOW, PathStates.ONE, 3));
    resolve(new Choice.Both(), "f");

    assertThat(state(beside).shown()).isEqualTo(version(LOW, PathStates.ONE, 3));
    assertThat(open()).isEmpty();
  }

  @Test
  void both_longName_isCutToFit() throws Exception {
    String name = "ü".repeat(125) + ".jpg";
    put(name, null, version(HIGH, PathStates.ONE, 10), version(LOW, PathStates.TWO, 20));

    resolve(new Choice.Both(), name);

    String beside = "ü".repeat(120) + " (" + LOW.hash().hex8() + ").jpg";
    assertThat(state(beside).shown().content()).isEqualTo(LOW);
  }

  @Test
  void resolve_oneOfThePathsLacksTheChoice_changesNothing() throws Exception {
    put("f", null, version(LOW, PathStates.ONE, 10), version(HIGH, PathStates.TWO, 20));
    put("g", null, version(LOW, PathStates.ONE, 10), version(HIGH, PathStates.THREE, 20));

    assertThatThrownBy(() -> resolve(new Choice.OfPeer("two", Set.of(PathStates.TWO)), "f", "g"))
        .isInstanceOf(NotFound.class)
        .hasMessage("resolve 'g': two has no version of it");
    assertThatThrownBy(() -> resolve(new Choice.OfHash("00112233"), "f"))
        .isInstanceOf(NotFound.class)
        .hasMessage("resolve 'f': no current version has the hash 00112233");
    assertThat(open()).containsExactly("f", "g");
  }

  @Test
  void resolve_directoryWithFiles_cannotGiveWayToAFile() throws Exception {
    Content directory = new Content.Directory();
    put("d", null, version(directory, PathStates.ONE, 10), version(HIGH, PathStates.TWO, 20));
    put("d/f", null, version(LOW, PathStates.ONE, 11));

    assertThatThrownBy(() -> resolve(new Choice.OfHash(HIGH.hash().hex8()), "d"))
        .isInstanceOf(Invalid.class)
        .hasMessage("resolve 'd': the directory there is not empty; move its files first");
    resolve(new Choice.Both(), "d");

    assertThat(state("d").shown().content()).isEqualTo(directory);
    assertThat(state("d (" + HIGH.hash().hex8() + ")").shown().content()).isEqualTo(HIGH);
  }

  @Test
  void check_placeInDoubt_isRefused_andLeftByNewest() throws Exception {
    put("f", null, version(LOW, PathStates.ONE, 10), version(HIGH, PathStates.TWO, 20));
    RootIndex doubtful =
        new RootIndex() {
          @Override
          public void check(RelativePath path) throws InDoubt {
            throw new InDoubt("the root is in doubt");
          }

          @Override
          public boolean ignores(RelativePath path) {
            return false;
          }

          @Override
          public void request(RelativePath path) {}
        };
    Conflicts closed = new Conflicts(rig.arena(), doubtful, rig.global);

    assertThatThrownBy(() -> closed.check(List.of(RelativePath.of("f")), new Choice.Newest()))
        .isInstanceOf(InDoubt.class);
    new NewestWins(rig.arena(), closed).step();
    assertThat(open()).containsExactly("f");
    new NewestWins(rig.arena(), conflicts).step();
    assertThat(open()).isEmpty();
    assertThat(state("f").shown().content()).isEqualTo(HIGH);
  }

  /** What is put back after a choice is a wish of its own: what came before must be indexed. */
  @Test
  void check_anotherFileThanIndexedIsThere_isRefused_andIndexed() throws Exception {
    MemoryDisk disk = new MemoryDisk(rig.time);
    disk.user().createDirectory("dir");
    disk.user().write("dir/f", new byte[3]);
    Version mine = version(LOW, PathStates.ONE, 10);
    put("dir/f", mine, mine, version(HIGH, PathStates.TWO, 20));
    put("dir/g", mine, mine, version(HIGH, PathStates.TWO, 20));
    List<RelativePath> requested = new ArrayList<>();
    RootIndex index =
        new RootIndex() {
          @Override
          public void check(RelativePath path) {}

          @Override
          public boolean ignores(RelativePath path) {
            return false;
          }

          @Override
          public void request(RelativePath path) {
            requested.add(path);
          }
        };
    Conflicts rooted = new Conflicts(rig.arena(disk), index, rig.global);
    RelativePath other = RelativePath.of("dir/f");

    rooted.check(
        List.of(RelativePath.of("dir/g")), new Choice.Deleted()); // it is not there any more
    assertThatThrownBy(() -> rooted.check(List.of(other), new Choice.Deleted()))
        .isInstanceOf(VersionGone.class)
        .hasMessageContaining("dir/f");
    assertThatThrownBy(() -> rooted.use(other, HIGH.hash().hex8())).isInstanceOf(VersionGone.class);
    new NewestWins(rig.arena(disk), rooted).step();

    assertThat(requested).containsExactly(other, other, other);
    assertThat(open()).containsExactly("dir/f");
  }
}
