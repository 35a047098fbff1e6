package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;
import org.realize.sync.model.VersionVector;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.Finding;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyProtocolTest.FileSystem;
import org.realize.sync.real.ApplyUser.Act;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.UserFiles;

/** Whole directories that leave their name, killed, cut, refused and meddled with anywhere. */
class TreeProtocolTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_130);
  private static final int RANDOM_CASES = 60;

  private static final RelativePath OLD = RelativePath.of("d/old");
  private static final RelativePath NEW = RelativePath.of("d/new");

  /** More than one commit has room for. */
  private static final int MANY = 2 * TreeProtocol.COMMIT_PATHS + 20;

  /** Either kind of change. */
  enum Kinds {
    MOVE,
    REMOVE;

    TreeChange change(FileStat indexed) {
      return this == MOVE
          ? new TreeChange.Move(OLD, indexed, NEW)
          : new TreeChange.Remove(OLD, indexed);
    }
  }

  static Stream<Arguments> all() {
    return Stream.of(Kinds.values())
        .flatMap(kind -> Stream.of(FileSystem.values()).map(system -> Arguments.of(kind, system)));
  }

  /** A root with one indexed directory, which peers have renamed or removed. */
  private static final class Rig {
    final ManualTime time = new ManualTime();
    final MemoryDisk disk = new MemoryDisk(time);
    final UserFiles files = disk.user();
    final ArenaStore store;
    final Kinds kind;
    final FileStat indexed;

    /** What is in the directory, by path within it. */
    final Map<String, FileStat> inside = new LinkedHashMap<>();

    final Map<String, ApplyUser> users = new LinkedHashMap<>();
    @Nullable ApplyResult result;
    private int calls;

    Rig(Kinds kind, FileSystem system, int more) throws IOException, RealizeException {
      this.kind = kind;
      system.limit(disk);
      Random random = new Random(1);
      GlobalStore global = new MemoryGlobalStore(random);
      ArenaName arena = new ArenaName("photos");
      store = new PoweredStore(global.arena(arena), disk);
      for (String directory : List.of("d", "d/old", "d/old/sub", "d/old/sub/deep", "d/old/none")) {
        if (disk.stat(RelativePath.of(directory)).isEmpty()) {
          files.createDirectory(directory);
        }
      }
      List<String> names = new ArrayList<>(List.of("a", "b", "sub/c", "sub/deep/e"));
      for (int i = 0; i < more; i++) {
        names.add("sub/more" + i);
      }
      for (String name : names) {
        String content = text(name);
        files.write("d/old/" + name, ApplyRig.bytes(content));
        users.put(name, new ApplyUser(disk, files, "d/old/" + name, Set.of(content)));
      }
      files.symbolicLink("d/old/link", "to");
      Places places = new Places(disk, store, new Ownership(arena, global, "here"), time, random);
      ApplyRig.establish(disk, places, Places.holding(disk, RelativePath.of("d/f")));
      disk.forceAll();
      indexed = disk.stat(OLD).orElseThrow();
      index("", new Content.Directory());
      for (String name : List.of("/sub", "/sub/deep", "/none")) {
        index(name, new Content.Directory());
      }
      for (String name : names) {
        index("/" + name, ApplyRig.file(text(name)));
      }
      index("/link", new Content.Link("to"));
      store.force();
      time.advance(Duration.ofMinutes(1));
    }

    private static String text(String name) {
      return "%-8.8s".formatted(name.replace("sub/more", ""));
    }

    private void index(String name, Content content) throws IOException, RealizeException {
      RelativePath path = RelativePath.of(OLD + name);
      FileStat stat = disk.stat(path).orElseThrow();
      inside.put(name, stat);
      PathState old = PathStates.showing(path.toString(), content, 1);
      RealVersion real = new RealVersion(old.shown(), stat, Long.MAX_VALUE);
      Version gone = Version.of(new Content.Absent(), old.shown().vector().with(PathStates.TWO, 9));
      store.write(writer -> {
        writer.put(old.withReal(real).withShown(gone).announcedAt(writer.nextSeq()));
        if (kind == Kinds.MOVE) {
          writer.put(PathStates.showing(NEW + name, content, 1).announcedAt(writer.nextSeq()));
        }
      });
    }

    Real life(ApplyRig.Before each) throws RealizeException {
      Disk seen = ApplyRig.noticing(disk, () -> calls++, each);
      return new Real(seen, RootCapabilities.FULL, store, time);
    }

    void apply(ApplyRig.Before each) throws RealizeException {
      result = life(each).apply().applyTrees(List.of(kind.change(indexed))).getFirst();
    }

    boolean isDone() {
      return new ApplyResult.Concluded(ApplyOutcome.DONE).equals(result);
    }

    boolean isStopped() {
      return !(result instanceof ApplyResult.Concluded);
    }

    boolean resume(long secondKill) throws IOException, RealizeException {
      boolean isStopped;
      disk.kill();
      disk.powerOffAfter(secondKill);
      try {
        life(_ -> {}).resume();
        isStopped = hasIntents();
      } catch (IOException | RealizeException e) {
        isStopped = true;
      }
      disk.kill();
      life(_ -> {}).resume();
      return isStopped;
    }

    boolean hasIntents() throws RealizeException {
      return !store.<List<TreeIntent>>read(TreeIntent::read).isEmpty();
    }

    Optional<RealVersion> real(RelativePath top, String name) throws RealizeException {
      return store
          .<Optional<PathState>>read(reader -> reader.path(RelativePath.of(top + name)))
          .map(PathState::real);
    }

    /** The stat that is indexed; null for nothing there. */
    @Nullable FileStat stat(RelativePath top, String name) throws RealizeException {
      return real(top, name).map(RealVersion::stat).orElse(null);
    }

    ApplyUser user(String file) {
      return Objects.requireNonNull(users.get(file));
    }

    /** The directory is whole at one of the two, and what is indexed goes with it. */
    void requireWhole(String when) throws IOException, RealizeException {
      boolean isOld = disk.stat(OLD).isPresent();
      RelativePath now = isOld ? OLD : NEW;
      assertThat(disk.stat(NEW).isPresent()).as(when).isEqualTo(kind == Kinds.MOVE && !isOld);
      for (Map.Entry<String, FileStat> each : inside.entrySet()) {
        String name = each.getKey();
        FileStat before = each.getValue();
        if (isOld || kind == Kinds.MOVE) {
          FileStat there = disk.stat(RelativePath.of(now + name)).orElseThrow();
          assertThat(there.fileKey()).as("%s: %s", when, name).isEqualTo(before.fileKey());
          FileStat stat = Objects.requireNonNull(stat(now, name));
          assertThat(stat.sameEntry(there)).as("%s: %s", when, name).isTrue();
          assertThat(real(now, name).orElseThrow().isCertain()).as("%s: %s", when, name).isTrue();
        }
        if (!isOld) {
          assertThat(stat(OLD, name)).as("%s: %s", when, name).isNull();
        }
      }
      requireWell(when);
      if (!isOld && kind == Kinds.REMOVE) {
        assertThat(trashed().keySet())
            .as(when)
            .containsAll(users.keySet().stream().map(name -> OLD + "/" + name).toList())
            .contains(OLD + "/link");
      }
    }

    /** The files in the trash, by the path that each had. */
    Map<String, RelativePath> trashed() throws RealizeException {
      Map<String, RelativePath> trashed = new TreeMap<>();
      for (TrashedFiles.TrashedFile file : life(_ -> {}).trashed().list(_ -> true)) {
        trashed.put(file.path().toString(), file.file());
      }
      return trashed;
    }

    /** Nothing is lost or left, and what only the trash has is listed. */
    void requireWell(String when) throws IOException, RealizeException {
      for (ApplyUser user : users.values()) {
        user.closes();
      }
      disk.forceAll();
      Real real = life(_ -> {});
      time.advance(Duration.ofMinutes(2));
      ApplyRig.upkeep(real);
      List<Finding> findings = store.read(reader -> reader.findings(100));
      Map<String, String> contents = ApplyRig.contents(disk, files);
      Map<String, String> outside = new TreeMap<>(contents);
      outside.keySet().removeIf(path -> PlaceId.isOwn(RelativePath.of(path)));
      for (ApplyUser user : users.values()) {
        assertThat(contents.values()).as(when).containsAll(user.live());
        for (String content : user.live()) {
          if (content.startsWith("user") && !outside.containsValue(content)) {
            assertThat(findings).as("%s: '%s' is only in the trash", when, content).isNotEmpty();
          }
        }
      }
      assertThat(hasIntents()).as(when).isFalse();
    }
  }

  private static Rig rig(Kinds kind) throws IOException, RealizeException {
    return new Rig(kind, FileSystem.EXT4, 0);
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_asIndexed_isDone_survivesAPowerCut(Kinds kind, FileSystem system) throws Exception {
    for (int seed = 0; seed < 3; seed++) {
      Rig rig = new Rig(kind, system, 0);
      rig.apply(_ -> {});
      boolean isPossible = kind == Kinds.REMOVE || system != FileSystem.WITHOUT_RENAME_FLAGS;
      assertThat(rig.result)
          .isEqualTo(
              new ApplyResult.Concluded(isPossible ? ApplyOutcome.DONE : ApplyOutcome.CHANGED));
      rig.disk.powerCut(new SplittableRandom(SEED + seed));
      rig.life(_ -> {}).resume();
      assertThat(rig.disk.stat(OLD).isPresent()).isNotEqualTo(isPossible);
      rig.requireWhole("done");
      assertThat(rig.store.<List<Finding>>read(reader -> reader.findings(100))).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void apply_moreThanOneCommitHolds_killedTwiceAnywhere_isWhole(Kinds kind) throws Exception {
    boolean stopped = true;
    for (int effects = 0; stopped; effects++) {
      boolean stoppedAgain = true;
      for (int again = effects % 3; stoppedAgain; again += 3) {
        Rig rig = new Rig(kind, FileSystem.EXT4, MANY);
        rig.disk.powerOffAfter(effects);
        rig.apply(_ -> {});
        stopped = rig.isStopped();
        stoppedAgain = rig.resume(again);
        rig.requireWhole("killed after %d, then after %d".formatted(effects, again));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_killedTwiceAnywhere_isWhole(Kinds kind, FileSystem system) throws Exception {
    boolean stopped = true;
    for (int effects = 0; stopped; effects++) {
      boolean stoppedAgain = true;
      for (int again = 0; stoppedAgain; again++) {
        Rig rig = new Rig(kind, system, 0);
        rig.disk.powerOffAfter(effects);
        rig.apply(_ -> {});
        stopped = rig.isStopped();
        stoppedAgain = rig.resume(again);
        rig.requireWhole("killed after %d, then after %d".formatted(effects, again));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_powerCutAnywhere_isWhole(Kinds kind, FileSystem system) throws Exception {
    for (int seed = 0; seed < 3; seed++) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        Rig rig = new Rig(kind, system, 0);
        rig.disk.powerOffAfter(effects);
        rig.apply(_ -> {});
        stopped = rig.isStopped();
        rig.disk.powerCut(new SplittableRandom(SEED + seed));
        rig.life(_ -> {}).resume();
        rig.requireWhole("cut after %d, seed %d".formatted(effects, SEED + seed));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_refusedAnywhere_isWhole(Kinds kind, FileSystem system) throws Exception {
    for (IOException failure :
        List.of(
            new DiskFullException("no space left on device"),
            new AccessDeniedException("d/old"),
            new FileSystemException("d/old", null, "Invalid cross-device link"))) {
      boolean failed = true;
      for (int effects = 0; failed; effects++) {
        Rig rig = new Rig(kind, system, 0);
        rig.disk.failAfter(effects, failure);
        rig.apply(_ -> {});
        failed = rig.isStopped();
        rig.disk.failAfter(Long.MAX_VALUE, failure);
        rig.resume(Long.MAX_VALUE);
        rig.requireWhole("%s after %d".formatted(failure, effects));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void apply_userActsOnAFileAnywhere_nothingIsLost_andTheFileIsWhereItsDirectoryIs(Kinds kind)
      throws Exception {
    for (Act act : Act.values()) {
      for (String file : List.of("a", "sub/c")) {
        boolean happened = true;
        for (int call = 0; happened; call++) {
          happened = actsAt(rig(kind), act, file, call);
        }
      }
    }
  }

  private static boolean actsAt(Rig rig, Act act, String file, int call) throws Exception {
    String when = "'%s' %s at call %d".formatted(file, act, call);
    ApplyUser user = rig.user(file);
    boolean[] done = new boolean[2];
    rig.apply(number -> {
      if (number == call) {
        done[0] = true;
        RelativePath now = rig.disk.stat(NEW).isPresent() ? NEW : OLD;
        if (rig.disk.stat(now).isPresent()) {
          user.turnTo(now + "/" + file);
          done[1] = user.does(act);
        }
      }
    });
    if (done[1] && user.last() != null) {
      Map<String, String> contents = ApplyRig.contents(rig.disk, rig.files);
      assertThat(Stream.of(OLD, NEW).map(top -> contents.get(top + "/" + file)))
          .as(when)
          .contains(user.last());
    }
    if (rig.kind == Kinds.MOVE) {
      assertThat(rig.isDone()).as(when).isTrue();
      FileStat indexed = rig.inside.get("/" + file);
      assertThat(rig.stat(NEW, "/" + file)).as("%s: the index finds it", when).isEqualTo(indexed);
    }
    rig.requireWell(when);
    return done[0];
  }

  /** Whatever takes the directory's name in between stays at that name. */
  @ParameterizedTest
  @EnumSource
  void apply_directoryReplacedAnywhere_bothStay(Kinds kind) throws Exception {
    boolean happened = true;
    for (int call = 0; happened; call++) {
      Rig rig = rig(kind);
      int at = call;
      boolean[] done = new boolean[1];
      rig.apply(number -> {
        if (number == at && rig.disk.stat(OLD).isPresent()) {
          done[0] = true;
          rig.files.rename("d/old", "d/aside");
          rig.files.createDirectory("d/old");
          rig.files.write("d/old/mine", ApplyRig.bytes("user 001"));
        }
      });
      Map<String, String> contents = ApplyRig.contents(rig.disk, rig.files);
      if (done[0]) {
        assertThat(contents).as("call %d", call).containsEntry("d/old/mine", "user 001");
        assertThat(contents).as("call %d", call).containsKey("d/aside/a");
        assertThat(rig.isDone()).as("call %d", call).isFalse();
      }
      rig.requireWell("call " + call);
      happened = done[0];
    }
  }

  @Test
  void remove_unknownNameInTheDirectory_orOneThatDiffers_changesNothing() throws Exception {
    for (String name : List.of("d/old/unknown", "d/old/sub/unknown", "d/old/sub/deep/e")) {
      Rig rig = rig(Kinds.REMOVE);
      rig.files.write(name, ApplyRig.bytes("user 001"));
      Map<String, String> before = ApplyRig.contents(rig.disk, rig.files);
      rig.apply(_ -> {});
      assertThat(rig.result).isEqualTo(new ApplyResult.Concluded(ApplyOutcome.CHANGED));
      Map<String, String> after = ApplyRig.contents(rig.disk, rig.files);
      after.keySet().removeIf(path -> path.endsWith(".list"));
      assertThat(after).isEqualTo(before);
    }
  }

  /** It could not be deleted from the trash. */
  @Test
  void remove_directoryThatIsNotWritable_changesNothing() throws Exception {
    Rig rig = rig(Kinds.REMOVE);
    rig.files.mode("d/old/sub", 0500);
    rig.index("/sub", new Content.Directory());
    rig.apply(_ -> {});
    assertThat(rig.result).isEqualTo(new ApplyResult.Concluded(ApplyOutcome.CHANGED));
    rig.requireWhole("read-only");
  }

  @Test
  void move_nameThatIsTaken_changesNothing() throws Exception {
    Rig rig = rig(Kinds.MOVE);
    rig.files.createDirectory("d/new");
    rig.apply(_ -> {});
    assertThat(rig.result).isEqualTo(new ApplyResult.Concluded(ApplyOutcome.CHANGED));
    assertThat(rig.disk.stat(NEW.child("a"))).isEmpty();
    assertThat(rig.disk.stat(OLD.child("a"))).isPresent();
  }

  @Test
  void move_placeOfItsOwnBelow_changesNothing() throws Exception {
    Rig rig = rig(Kinds.MOVE);
    rig.disk.mount("d/old/none", rig.disk.volume(8, MemoryDisk.EXT4));
    Places places =
        new Places(
            rig.disk,
            rig.store,
            new Ownership(new ArenaName("photos"), new MemoryGlobalStore(new Random(1)), "here"),
            rig.time,
            new Random(2));
    ApplyRig.establish(rig.disk, places, RelativePath.of("d/old/none"));
    rig.apply(_ -> {});
    assertThat(rig.result).isEqualTo(new ApplyResult.Concluded(ApplyOutcome.CHANGED));
    assertThat(rig.disk.stat(OLD.child("a"))).isPresent();
  }

  @Test
  void apply_openIntent_nothingIsConcludedBelowEitherName_andNoNameIsChanged() throws Exception {
    Rig rig = rig(Kinds.MOVE);
    rig.disk.powerOffAfter(3); // the rename
    rig.apply(_ -> {});
    rig.disk.kill();
    assertThat(rig.hasIntents()).isTrue();
    ApplyProtocol.OpenChanges open = rig.store.<ApplyProtocol.OpenChanges>read(ApplyProtocol::open);
    FileStat any = rig.indexed;
    for (RelativePath top : List.of(OLD, NEW)) {
      assertThat(open.mayMiss(top.child("a"))).isTrue();
      assertThat(open.hasMade(top.child("new"), any)).isTrue();
    }
    assertThat(open.mayMiss(RelativePath.of("d/other"))).isFalse();
  }

  /** A version that came while the directory was moved replaces the moved file. */
  @Test
  void move_newNameShowsAnotherContentMeanwhile_movedFileIsOneThatGivesWay() throws Exception {
    Rig rig = rig(Kinds.MOVE);
    boolean[] isChanged = new boolean[1];
    Content other = ApplyRig.file("another");
    rig.apply(
        (ApplyRig.Before)
            number -> {
              if (rig.disk.stat(NEW).isPresent() && !isChanged[0]) {
                isChanged[0] = true;
                try {
                  rig.store.write(writer -> {
                    PathState state = writer.path(NEW.child("a")).orElseThrow();
                    Version now = Version.of(other, VersionVector.EMPTY.with(PathStates.TWO, 12));
                    writer.put(
                        state.withShown(now).withReports(Map.of()).announcedAt(writer.nextSeq()));
                  });
                } catch (RealizeException e) {
                  throw new IOException(e);
                }
              }
            });
    assertThat(rig.isDone()).isTrue();
    PathState state =
        rig.store.<Optional<PathState>>read(r -> r.path(NEW.child("a"))).orElseThrow();
    assertThat(state.shown().content()).isEqualTo(other);
    assertThat(state.realContent()).isEqualTo(ApplyRig.file(Rig.text("a")));
    assertThat(
            state.shown().vector().covers(Objects.requireNonNull(state.real()).version().vector()))
        .isTrue();
  }

  /** A power cut may take back the commit that ended an intent, and not what was made. */
  @ParameterizedTest
  @EnumSource
  void conclude_intentThatIsBackAfterItsEnd_whateverTheUserDidSince_movesNothing(Kinds kind)
      throws Exception {
    for (String act : List.of("nothing", "moves it back", "moves it away", "makes another")) {
      Rig rig = rig(kind);
      List<PathState> states = new ArrayList<>();
      rig.store.read(reader -> states.addAll(reader.paths(RelativePath.ROOT, 100)));
      List<TreeIntent> begun = new ArrayList<>();
      rig.apply(
          (ApplyRig.Before)
              _ -> {
                try {
                  begun.addAll(rig.store.<List<TreeIntent>>read(TreeIntent::read));
                } catch (RealizeException e) {
                  throw new IOException(e);
                }
              });
      assertThat(rig.isDone()).isTrue();
      String now = begun.getFirst().target().toString();
      switch (act) {
        case "moves it back" -> rig.files.rename(now, "d/old");
        case "moves it away" -> rig.files.rename(now, "d/away");
        case "makes another" -> {
          rig.files.createDirectory("d/old");
          rig.files.write("d/old/a", ApplyRig.bytes("user 001"));
        }
        default -> {}
      }
      Map<String, String> before = ApplyRig.contents(rig.disk, rig.files);
      rig.store.write(writer -> {
        for (PathState state : states) {
          writer.put(state.announcedAt(writer.nextSeq()));
        }
        TreeIntent.add(writer, List.of(begun.getFirst()));
      });
      rig.life(_ -> {}).resume();
      assertThat(ApplyRig.contents(rig.disk, rig.files)).as(act).isEqualTo(before);
      boolean isThere = !List.of("moves it back", "moves it away").contains(act);
      assertThat(rig.stat(OLD, "/a") == null).as(act).isEqualTo(isThere);
      rig.requireWell(act);
    }
  }

  /** Acts of a user, faults, a kill, a second kill, in any order. */
  @ParameterizedTest
  @MethodSource("all")
  void apply_anythingAnywhere_nothingIsLost(Kinds kind, FileSystem system) throws Exception {
    for (int number = 0; number < RANDOM_CASES; number++) {
      long seed = SEED + number;
      SplittableRandom random = new SplittableRandom(seed);
      Rig rig = new Rig(kind, system, 0);
      List<String> names = List.copyOf(rig.users.keySet());
      Map<Integer, Act> acts = new TreeMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        acts.put(random.nextInt(60), Act.any(random));
      }
      List<String> happened = new ArrayList<>(List.of("seed " + seed));
      if (random.nextBoolean()) {
        rig.disk.powerOffAfter(random.nextInt(14));
      }
      rig.apply(call -> {
        Act act = acts.get(call);
        if (act != null) {
          String name = names.get(random.nextInt(names.size()));
          RelativePath top = rig.disk.stat(NEW).isPresent() ? NEW : OLD;
          RelativePath file = RelativePath.of(top + "/" + name);
          if (rig.disk.stat(file.parent().orElseThrow()).isPresent()) {
            rig.user(name).turnTo(file.toString());
            happened.add(call + " " + act + " " + file + " " + rig.user(name).does(act));
          }
        }
      });
      rig.resume(random.nextBoolean() ? random.nextInt(10) : Long.MAX_VALUE);
      rig.requireWell(happened.toString());
    }
  }

  @Test
  void applyTrees_several_eachHasItsOwnResult() throws Exception {
    Rig rig = rig(Kinds.REMOVE);
    FileStat none = rig.disk.stat(OLD.child("none")).orElseThrow();
    FileStat sub = rig.disk.stat(OLD.child("sub")).orElseThrow();
    rig.files.write("d/old/sub/unknown", ApplyRig.bytes("user 001"));
    List<ApplyResult> results =
        rig.life(_ -> {})
            .apply()
            .applyTrees(
                List.of(
                    new TreeChange.Remove(OLD.child("sub"), sub),
                    new TreeChange.Remove(OLD.child("none"), none)));
    assertThat(results)
        .containsExactly(
            new ApplyResult.Concluded(ApplyOutcome.CHANGED),
            new ApplyResult.Concluded(ApplyOutcome.DONE));
    assertThat(rig.disk.stat(OLD.child("none"))).isEmpty();
    assertThat(rig.disk.stat(OLD.child("sub")).map(FileStat::kind)).contains(Kind.DIRECTORY);
  }
}
