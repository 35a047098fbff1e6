package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
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
import org.realize.sync.real.ApplyRig.Operation;
import org.realize.sync.real.ApplyUser.Act;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.UserFiles;

/** Changes of every kind in one batch, of names that depend on each other. */
class ApplyBatchTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_129);
  private static final int RANDOM_CASES = 150;
  private static final FileTime LONG_AGO = new FileTime(1_500_000_000, 0);

  /** One root and one batch of changes of it. */
  private static final class Batch {
    final ManualTime time = new ManualTime();
    final MemoryDisk disk = new MemoryDisk(time);
    final UserFiles files = disk.user();
    final ArenaStore store;
    final List<RealChange> changes = new ArrayList<>();

    /** What is at each name before and after, as {@link ApplyRig#seen} shows it. */
    final Map<RelativePath, String> before = new LinkedHashMap<>();

    final Map<RelativePath, String> after = new LinkedHashMap<>();

    /** Of the files that the user has. */
    final Map<String, ApplyUser> users = new LinkedHashMap<>();

    List<ApplyResult> results = List.of();
    private int calls;

    Batch(FileSystem system) throws IOException, RealizeException {
      system.limit(disk);
      Random random = new Random(1);
      GlobalStore global = new MemoryGlobalStore(random);
      ArenaName arena = new ArenaName("photos");
      store = new PoweredStore(global.arena(arena), disk);
      for (String directory : List.of("d", "d/tree", "d/tree/deep", "d/locked")) {
        if (disk.stat(path(directory)).isEmpty()) {
          files.createDirectory(directory);
        }
      }
      for (String file : List.of("replaced", "removed", "source", "attributes")) {
        has("d/" + file);
      }
      has("d/tree/leaf");
      has("d/tree/deep/leaf");
      has("d/locked/gone");
      has("d/pair");
      files.hardLink("d/twin", "d/pair");
      files.mode("d/locked", 0555);
      Places places = new Places(disk, store, new Ownership(arena, global, "here"), time, random);
      ApplyRig.establish(disk, places, Places.holding(disk, path("d/f")));
      disk.forceAll();
      disk.unprivileged();
      plan();
      store.force();
      time.advance(Duration.ofMinutes(1));
    }

    static RelativePath path(String path) {
      return RelativePath.of(path);
    }

    /** The content of a user's file. */
    private static String text(String file) {
      return "%-8.8s".formatted(file.replace("d/", ""));
    }

    private void has(String file) throws IOException {
      String content = text(file);
      files.write(file, ApplyRig.bytes(content));
      users.put(file, new ApplyUser(disk, files, file, Set.of(content)));
    }

    /** In the order in which an engine hands them over. */
    private void plan() throws IOException, RealizeException {
      creates("d/new", new Content.Directory(), 0555);
      creates("d/new/file", ApplyRig.file(ApplyRig.NEW), 0640);
      creates("d/new/sub", new Content.Directory(), 0750);
      creates("d/new/sub/file", ApplyRig.file(ApplyRig.NEW), 0640);
      creates("d/new/link", new Content.Link("to"), 0);
      creates("d/locked/file", ApplyRig.file(ApplyRig.NEW), 0400);
      for (String file : List.of("d/pair", "d/replaced", "d/twin")) {
        FileStat replaced = indexed(file, "the new2 740");
        changes.add(
            new RealChange.Replace(
                path(file),
                replaced,
                Operation.version(ApplyRig.file(ApplyRig.NEW)),
                ApplyRig.ATTRIBUTES,
                made -> made.write(ByteBuffer.wrap(ApplyRig.bytes(ApplyRig.NEW)), 0)));
      }
      FileStat source = indexed("d/source", ApplyRig.ABSENT);
      String moved = before.get(path("d/source"));
      before.put(path("d/target"), ApplyRig.ABSENT);
      after.put(path("d/target"), moved);
      store.write(writer -> {
        writer.put(PathStates.showing("d/target", ApplyRig.file(text("source")), 1));
      });
      changes.add(
          new RealChange.Rename(
              path("d/source"),
              path("d/target"),
              source,
              Operation.version(new Content.Absent()),
              Operation.version(ApplyRig.file(text("source")))));
      FileStat attributes = indexed("d/attributes", "attribut 740");
      changes.add(
          new RealChange.SetAttributes(path("d/attributes"), attributes, ApplyRig.ATTRIBUTES));
      for (String gone :
          List.of(
              "d/locked/gone",
              "d/removed",
              "d/tree/deep/leaf",
              "d/tree/deep",
              "d/tree/leaf",
              "d/tree")) {
        FileStat indexed = indexed(gone, ApplyRig.ABSENT);
        changes.add(
            new RealChange.Remove(path(gone), indexed, Operation.version(new Content.Absent())));
      }
    }

    private void creates(String name, Content content, int mode) throws RealizeException {
      RelativePath path = path(name);
      before.put(path, ApplyRig.ABSENT);
      String bits = " " + Integer.toOctalString(mode);
      after.put(
          path,
          switch (content) {
            case Content.File _ -> ApplyRig.NEW + bits;
            case Content.Directory _ -> "directory" + bits;
            case Content.Link(String target) -> "-> " + target;
            case Content.Absent _ -> ApplyRig.ABSENT;
          });
      store.write(writer -> {
        writer.put(PathStates.showing(name, content, 1));
      });
      changes.add(
          new RealChange.Create(
              path,
              Operation.version(content),
              new RealChange.Attributes(mode, LONG_AGO),
              made -> made.write(ByteBuffer.wrap(ApplyRig.bytes(ApplyRig.NEW)), 0)));
    }

    private FileStat indexed(String name, String then) throws IOException, RealizeException {
      RelativePath path = path(name);
      FileStat stat = disk.stat(path).orElseThrow();
      before.put(path, ApplyRig.seen(disk, files, path));
      after.put(path, then);
      boolean isFile = stat.kind() == Kind.FILE;
      Content content = isFile ? ApplyRig.file(text(name)) : new Content.Directory();
      PathState state = PathStates.showing(name, content, 1);
      RealVersion real = new RealVersion(state.shown(), stat, Long.MAX_VALUE);
      store.write(writer -> {
        writer.put(state.withReal(real));
      });
      return stat;
    }

    private Real life(ApplyRig.Before each) throws RealizeException {
      Disk seen = ApplyRig.noticing(disk, () -> calls++, each);
      return new Real(seen, RootCapabilities.FULL, store, time);
    }

    void apply(ApplyRig.Before each) throws InterruptedException, RealizeException {
      results = new ArrayList<>(life(each).apply().applyAll(changes));
    }

    boolean isStopped() {
      return results.stream().anyMatch(result -> !(result instanceof ApplyResult.Concluded));
    }

    /** Kills, and kills the next life after some effects, too; then lets a life work. */
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

    private boolean hasIntents() throws RealizeException {
      return !store.<List<ApplyIntent>>read(ApplyIntent::read).isEmpty();
    }

    private @Nullable RealVersion real(RelativePath path) throws RealizeException {
      return store.<Optional<PathState>>read(reader -> reader.path(path)).orElseThrow().real();
    }

    long inode(String path) throws IOException {
      return disk.stat(path(path)).orElseThrow().fileKey();
    }

    /** Each name is as before or as after, and what is indexed goes with it. */
    void requireOneOfTheTwo(String when) throws IOException, RealizeException {
      for (RelativePath path : before.keySet()) {
        String seen = ApplyRig.seen(disk, files, path);
        assertThat(seen).as("%s: '%s'", when, path).isIn(before.get(path), after.get(path));
        if (seen.equals(after.get(path))) {
          RealVersion real = real(path);
          FileStat stat = real == null ? null : real.stat();
          FileStat now = disk.stat(path).orElse(null);
          boolean isSame = Objects.equals(stat, now);
          if (stat != null && now != null) {
            isSame = stat.sameEntry(now) && stat.mode() == now.mode();
          }
          assertThat(isSame).as("%s: '%s' is indexed: %s %s", when, path, stat, now).isTrue();
        }
      }
      requireWell(when);
    }

    /** Nothing is lost or left, and nothing stays writable. */
    void requireWell(String when) throws IOException, RealizeException {
      for (ApplyUser user : users.values()) {
        user.closes();
      }
      disk.forceAll();
      Real real = life(_ -> {});
      time.advance(Duration.ofMinutes(2));
      ApplyRig.upkeep(real);
      Map<String, String> contents = ApplyRig.contents(disk, files);
      for (ApplyUser user : users.values()) {
        assertThat(contents.values()).as(when).containsAll(user.live());
      }
      assertThat(hasIntents()).as(when).isFalse();
      assertThat(contents.keySet())
          .as(when)
          .noneMatch(path -> path.contains(PartialFiles.DIRECTORY + "/"));
      assertThat(disk.stat(path("d/locked")).orElseThrow().mode()).as(when).isEqualTo(0555);
    }

    /** What a user wrote is at a name, or listed. */
    void requireListed(String when) throws IOException, RealizeException {
      List<Finding> findings = store.read(reader -> reader.findings(100));
      Map<String, String> outside = ApplyRig.contents(disk, files);
      outside.keySet().removeIf(path -> PlaceId.isOwn(path(path)));
      for (ApplyUser user : users.values()) {
        for (String content : user.live()) {
          if (content.startsWith("user") && !outside.containsValue(content)) {
            assertThat(findings).as("%s: '%s' is only in the trash", when, content).isNotEmpty();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void applyAll_asIndexed_allAreDone_surviveAPowerCut(FileSystem system) throws Exception {
    for (int seed = 0; seed < 5; seed++) {
      Batch batch = new Batch(system);
      batch.apply(_ -> {});
      assertThat(batch.results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
      batch.disk.powerCut(new SplittableRandom(SEED + seed));
      batch.life(_ -> {}).resume();
      for (RelativePath path : batch.after.keySet()) {
        assertThat(ApplyRig.seen(batch.disk, batch.files, path))
            .as("'%s'", path)
            .isEqualTo(batch.after.get(path));
      }
      assertThat(batch.inode("d/twin"))
          .isEqualTo(batch.inode("d/pair"))
          .isNotEqualTo(batch.inode("d/replaced"));
      batch.requireOneOfTheTwo("done");
    }
  }

  @ParameterizedTest
  @EnumSource
  void applyAll_removalsOfAllNamesOfAFile_areDone(FileSystem system) throws Exception {
    Batch batch = new Batch(system);
    batch.changes.removeIf(change -> !(change instanceof RealChange.Replace));
    batch.changes.replaceAll(change ->
        new RealChange.Remove(
            change.path(),
            ((RealChange.Replace) change).indexed(),
            Operation.version(new Content.Absent())));
    batch.apply(_ -> {});
    assertThat(batch.results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
    assertThat(batch.disk.stat(Batch.path("d/twin"))).isEmpty();
    batch.requireWell("removed");
  }

  /** Names of one file that get different contents become files of their own. */
  @Test
  void applyAll_namesOfOneFileGetTwoContents_areTwoFiles() throws Exception {
    Batch batch = new Batch(FileSystem.EXT4);
    batch.changes.replaceAll(change ->
        change instanceof RealChange.Replace replace && change.path().equals(Batch.path("d/twin"))
            ? new RealChange.Replace(
                replace.path(),
                replace.indexed(),
                Operation.version(ApplyRig.file(ApplyRig.OLD)),
                replace.attributes(),
                made -> made.write(ByteBuffer.wrap(ApplyRig.bytes(ApplyRig.OLD)), 0))
            : change);
    batch.apply(_ -> {});
    assertThat(batch.results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
    assertThat(batch.files.read("d/twin")).isEqualTo(ApplyRig.bytes(ApplyRig.OLD));
    assertThat(batch.files.read("d/pair")).isEqualTo(ApplyRig.bytes(ApplyRig.NEW));
  }

  @ParameterizedTest
  @EnumSource(names = {"EXT4", "WITHOUT_RENAME_FLAGS", "NESTED"})
  void applyAll_killedTwiceAnywhere_eachIsOneOfTheTwo(FileSystem system) throws Exception {
    boolean stopped = true;
    for (int effects = 0; stopped; effects++) {
      boolean stoppedAgain = true;
      for (int again = effects % 7; stoppedAgain; again += 7) {
        Batch batch = new Batch(system);
        batch.disk.powerOffAfter(effects);
        batch.apply(_ -> {});
        stopped = batch.isStopped();
        stoppedAgain = batch.resume(again);
        batch.requireOneOfTheTwo("killed after %d, then after %d".formatted(effects, again));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EXT4", "WITHOUT_RENAME_FLAGS", "NESTED"})
  void applyAll_powerCutAnywhere_eachIsOneOfTheTwo(FileSystem system) throws Exception {
    for (int seed = 0; seed < 2; seed++) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        String when = "cut after %d, seed %d".formatted(effects, SEED + seed);
        Batch batch = new Batch(system);
        batch.disk.powerOffAfter(effects);
        batch.apply(_ -> {});
        stopped = batch.isStopped();
        batch.disk.powerCut(new SplittableRandom(SEED + seed));
        batch.life(_ -> {}).resume();
        batch.requireOneOfTheTwo(when);
      }
    }
  }

  private static List<IOException> failures() {
    return List.of(
        new DiskFullException("no space left on device"),
        new AccessDeniedException("d/f"),
        new FileSystemException("d/f", null, "Invalid cross-device link"));
  }

  /** The others are made. */
  @ParameterizedTest
  @EnumSource(names = {"EXT4", "WITHOUT_RENAME_FLAGS", "NESTED"})
  void applyAll_refusedAnywhere_eachIsOneOfTheTwo_othersAreMade(FileSystem system)
      throws Exception {
    for (IOException failure : failures()) {
      boolean failed = true;
      for (int effects = 0; failed; effects++) {
        Batch batch = new Batch(system);
        batch.disk.failAfter(effects, failure);
        batch.apply(_ -> {});
        failed = batch.isStopped();
        batch.resume(Long.MAX_VALUE);
        batch.requireOneOfTheTwo("%s after %d".formatted(failure, effects));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"EXT4", "WITHOUT_RENAME_FLAGS", "NESTED"})
  void applyAll_userActsAnywhere_nothingIsLost_othersAreMade(FileSystem system) throws Exception {
    for (Act act : List.of(Act.WRITES, Act.RENAMES_OVER, Act.DELETES, Act.MOVES_AWAY)) {
      for (String file : List.of("d/pair", "d/replaced", "d/removed", "d/source", "d/tree/leaf")) {
        boolean happened = true;
        for (int call = file.length() % 7; happened; call += 7) {
          happened = actsAt(new Batch(system), act, file, call);
        }
      }
    }
  }

  private static boolean actsAt(Batch batch, Act act, String file, int call) throws Exception {
    String when = "'%s' %s at call %d".formatted(file, act, call);
    ApplyUser user = Objects.requireNonNull(batch.users.get(file));
    boolean[] done = new boolean[2];
    batch.apply(number -> {
      if (number == call) {
        done[0] = true;
        done[1] =
            batch.disk.stat(Batch.path(file).parent().orElseThrow()).isPresent() && user.does(act);
      }
    });
    String sameFile = file.equals("d/pair") ? "d/twin" : file;
    Set<String> touched = new HashSet<>(List.of(file, sameFile, "d/target", "d/tree"));
    for (int i = 0; i < batch.changes.size(); i++) {
      RealChange change = batch.changes.get(i);
      if (change.names().stream().noneMatch(name -> touched.contains(name.toString()))) {
        assertThat(batch.results.get(i))
            .as("%s: %s", when, change.path())
            .isEqualTo(new ApplyResult.Concluded(ApplyOutcome.DONE));
      }
    }
    assertThat(batch.results).as(when).allMatch(ApplyResult.Concluded.class::isInstance);
    String last = user.last();
    if (done[1] && last != null) {
      Map<String, String> contents = ApplyRig.contents(batch.disk, batch.files);
      assertThat(List.of(file, "d/target").stream().map(contents::get)).as(when).contains(last);
    }
    batch.requireWell(when);
    batch.requireListed(when);
    return done[0];
  }

  /** Acts of a user on any of the files, faults, a kill, a second kill, in any order. */
  @ParameterizedTest
  @EnumSource
  void applyAll_anythingAnywhere_nothingIsLost(FileSystem system) throws Exception {
    for (int number = 0; number < RANDOM_CASES; number++) {
      long seed = SEED + number;
      RandomGenerator random = new SplittableRandom(seed);
      Batch batch = new Batch(system);
      List<ApplyUser> users = List.copyOf(batch.users.values());
      List<String> happened = new ArrayList<>();
      TreeMap<Integer, Act> acts = new TreeMap<>();
      for (int i = random.nextInt(6); i > 0; i--) {
        acts.put(random.nextInt(200), Act.any(random));
      }
      if (random.nextBoolean()) {
        batch.disk.powerOffAfter(random.nextInt(70));
      }
      if (random.nextInt(3) == 0) {
        batch.disk.failAfter(random.nextInt(70), failures().get(random.nextInt(3)));
      }
      batch.apply(call -> {
        if (acts.containsKey(call)) {
          act(users, acts.get(call), random, happened);
        }
      });
      batch.disk.failAfter(Long.MAX_VALUE, new IOException());
      batch.disk.kill();
      for (int i = random.nextInt(3); i > 0; i--) {
        act(users, Act.any(random), random, happened);
      }
      String when = "seed %d: %s".formatted(seed, happened);
      boolean ignored = batch.resume(random.nextInt(30));
      batch.requireWell(when);
      batch.requireListed(when);
    }
  }

  private static void act(
      List<ApplyUser> users, Act act, RandomGenerator random, List<String> happened)
      throws IOException {
    int number = random.nextInt(users.size());
    try {
      if (users.get(number).does(act)) {
        happened.add(number + " " + act);
      }
    } catch (AccessDeniedException | NoSuchFileException e) {
      happened.add(number + " may not " + act); // its directory is not writable, or gone
    }
  }

  @Test
  void applyAll_builderFails_othersAreMade() throws Exception {
    Batch batch = new Batch(FileSystem.EXT4);
    IOException failure = new IOException("no bytes");
    batch.changes.add(
        new RealChange.Create(
            Batch.path("d/never"),
            Operation.version(ApplyRig.file(ApplyRig.NEW)),
            ApplyRig.ATTRIBUTES,
            made -> {
              made.write(ByteBuffer.wrap(new byte[9]), 0);
              throw failure;
            }));
    batch.apply(_ -> {});
    assertThat(batch.results.removeLast()).isEqualTo(new ApplyResult.DiskFailed(failure));
    assertThat(batch.results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
    assertThat(batch.disk.stat(Batch.path("d/never"))).isEmpty();
    batch.requireOneOfTheTwo("failed");
  }

  @Test
  void applyAll_interrupted_nothingIsMadeOrLeft() throws Exception {
    Batch batch = new Batch(FileSystem.EXT4);
    Map<String, String> contents = ApplyRig.contents(batch.disk, batch.files);
    batch.changes.add(
        new RealChange.Create(
            Batch.path("d/never"),
            Operation.version(ApplyRig.file(ApplyRig.NEW)),
            ApplyRig.ATTRIBUTES,
            _ -> {
              throw new InterruptedException();
            }));
    assertThatThrownBy(() -> batch.apply(_ -> {})).isInstanceOf(InterruptedException.class);
    assertThat(ApplyRig.contents(batch.disk, batch.files)).isEqualTo(contents);
    batch.requireOneOfTheTwo("interrupted");
  }

  @Test
  void applyAll_oneNameTwice_theSecondFails() throws Exception {
    Batch batch = new Batch(FileSystem.EXT4);
    batch.changes.add(batch.changes.getFirst());
    batch.apply(_ -> {});
    assertThat(batch.results.removeLast())
        .isInstanceOfSatisfying(
            ApplyResult.Failed.class,
            failed -> assertThat(failed.cause().oneLine()).contains("being changed already"));
    assertThat(batch.results).containsOnly(new ApplyResult.Concluded(ApplyOutcome.DONE));
  }
}
