package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.realize.sync.model.Content;
import org.realize.sync.model.FileTime;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.FileStat.Kind;
import org.realize.sync.port.RealVersion;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyProtocolTest.FileSystem;
import org.realize.sync.real.ApplyRig.Operation;
import org.realize.sync.real.ApplyUser.Act;

/** Every kind of change, on every kind of file system, killed, cut, refused and meddled with. */
class ApplyOperationsTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_128);
  private static final int RANDOM_CASES = 40;

  static Stream<Arguments> all() {
    return Stream.of(Operation.values())
        .flatMap(operation ->
            Stream.of(FileSystem.values()).map(system -> Arguments.of(operation, system)));
  }

  /** One root and one change of it. */
  private static final class Change extends AppliedChange {
    final Operation operation;
    final ApplyRig rig;
    final String before;

    Change(Operation operation, FileSystem system) throws IOException, RealizeException {
      this.operation = operation;
      system.limit(disk);
      rig = ApplyRig.on(disk, time, operation);
      before = rig.seen();
    }

    @Override
    ApplyRig rig() {
      return rig;
    }

    void apply(ApplyRig.Before before) throws InterruptedException {
      attempt(() -> rig.apply(before));
    }

    /** What is at the name is as before or as after, and what is indexed goes with it. */
    void requireOneOfTheTwo(String when) throws IOException, RealizeException {
      assertThat(rig.seen()).as(when).isIn(before, operation.after(before));
      if (rig.seen().equals(operation.after(before))) {
        requireIndexed(when);
      }
      requireNothingLost(when);
    }

    private void requireIndexed(String when) throws IOException, RealizeException {
      FileStat now = disk.stat(ApplyRig.PATH).orElse(null);
      Optional<RealVersion> real = rig.indexedNow(ApplyRig.PATH);
      assertThat(real.map(RealVersion::stat)).as(when).isEqualTo(Optional.ofNullable(now));
      if (operation == Operation.RENAME) {
        FileStat moved = disk.stat(ApplyRig.TARGET).orElseThrow();
        assertThat(rig.indexedNow(ApplyRig.TARGET).orElseThrow().stat()).as(when).isEqualTo(moved);
      }
      if (now == null || now.kind() == Kind.FILE) {
        boolean isRead = now != null && operation != Operation.SET_ATTRIBUTES;
        assertThat(real.orElseThrow().isCertain()).as(when).isEqualTo(isRead);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_asIndexed_isDoneAndIndexed_survivesAPowerCut(Operation operation, FileSystem system)
      throws Exception {
    for (int seed = 0; seed < 3; seed++) {
      Change change = new Change(operation, system);
      change.apply(_ -> {});
      assertThat(change.outcome).isEqualTo(ApplyOutcome.DONE);
      assertThat(change.rig.seen()).isEqualTo(operation.after(change.before));
      change.requireIndexed("done");
      change.disk.powerCut(new SplittableRandom(SEED + seed));
      change.rig.resume();
      assertThat(change.rig.seen()).isEqualTo(operation.after(change.before));
      change.requireOneOfTheTwo("after a power cut");
      assertThat(change.rig.reports()).isEmpty();
    }
  }

  @Test
  void applyAll_oneIsOpenAndOneIsTaken_eachHasItsOwnResult() throws Exception {
    Change change = new Change(Operation.REPLACE, FileSystem.EXT4);
    change.rig.user.does(Act.OPENS);
    RealChange replace = Operation.REPLACE.change(change.rig.indexed, null);
    RealChange create =
        new RealChange.Create(
            ApplyRig.TARGET,
            Operation.version(new Content.Directory()),
            new RealChange.Attributes(0750, new FileTime(0, 0)),
            _ -> {});
    List<ApplyResult> results = change.rig.life(_ -> {}).apply().applyAll(List.of(replace, create));
    assertThat(results)
        .containsExactly(
            new ApplyResult.Concluded(ApplyOutcome.OPEN),
            new ApplyResult.Concluded(ApplyOutcome.DONE));
    assertThat(change.disk.stat(ApplyRig.TARGET).orElseThrow().mode()).isEqualTo(0750);
  }

  @Test
  void create_whoseDirectoryAUserMakesAFileMeanwhile_leavesTheFile_andNoIntent() throws Exception {
    Change change = new Change(Operation.REPLACE, FileSystem.EXT4);
    change.rig.files.createDirectory("above");
    RealChange create =
        new RealChange.Create(
            RelativePath.of("above/name"),
            Operation.version(new Content.Link("target")),
            new RealChange.Attributes(0777, new FileTime(0, 0)),
            _ -> {});
    boolean[] done = {false};
    ApplyRig.Before user =
        number -> {
          if (number > 0 && !done[0] && isOpen(change)) {
            done[0] = true;
            change.rig.files.delete("above");
            change.rig.files.write("above", new byte[] {7});
          }
        };
    change.rig.life(user).apply().applyAll(List.of(create));
    assertThat(done[0]).isTrue();
    change.rig.resume();
    assertThat(isOpen(change)).isFalse();
    assertThat(change.rig.files.read("above")).containsExactly(7);
  }

  private static boolean isOpen(Change change) throws IOException {
    try {
      return !change.rig.store.read(ApplyIntent::read).isEmpty();
    } catch (RealizeException e) {
      throw new IOException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_killedTwiceAnywhere_isOneOfTheTwo(Operation operation, FileSystem system)
      throws Exception {
    boolean stopped = true;
    for (int effects = 0; stopped; effects++) {
      boolean stoppedAgain = true;
      for (int again = 0; stoppedAgain; again++) {
        Change change = new Change(operation, system);
        change.disk.powerOffAfter(effects);
        change.apply(_ -> {});
        stopped = change.isStopped;
        change.isStopped = false;
        change.resume(again);
        stoppedAgain = change.isStopped;
        change.requireOneOfTheTwo("killed after %d, then after %d".formatted(effects, again));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_powerCutAnywhere_isOneOfTheTwo(Operation operation, FileSystem system)
      throws Exception {
    for (int seed = 0; seed < 3; seed++) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        String when = "cut after %d, seed %d".formatted(effects, SEED + seed);
        Change change = new Change(operation, system);
        change.disk.powerOffAfter(effects);
        change.apply(_ -> {});
        stopped = change.isStopped;
        change.disk.powerCut(new SplittableRandom(SEED + seed));
        change.rig.resume();
        assertThat(stopped || change.rig.seen().equals(operation.after(change.before)))
            .as(when)
            .isTrue();
        change.requireOneOfTheTwo(when);
      }
    }
  }

  /** A name that a user gave the file is not one that the change left half way. */
  @ParameterizedTest
  @ValueSource(strings = {"", "stat", "link"})
  void rename_userLinkedTheFileToTheTarget_bothNamesStay(String call) throws Exception {
    Change change = new Change(Operation.RENAME, FileSystem.EXT4);
    ApplyRig.Before links =
        new ApplyRig.Before() {
          @Override
          public void call(int number) {}

          @Override
          public void call(int number, String method) throws IOException {
            if (method.equals(call) && change.disk.stat(ApplyRig.TARGET).isEmpty()) {
              change.disk.link(ApplyRig.PATH, ApplyRig.TARGET);
            }
          }
        };
    if (call.isEmpty()) {
      links.call(0, call);
    }
    change.apply(links);
    assertThat(change.outcome).isEqualTo(ApplyOutcome.CHANGED);
    assertThat(change.disk.stat(ApplyRig.TARGET)).isPresent();
    assertThat(change.rig.seen()).isEqualTo(change.before);
    assertThat(change.rig.hasIntents()).isFalse();
  }

  /** Taking a rename back must not unlink what a user has just saved at the new name. */
  @Test
  void rename_takenBackWhileAUserSavesAtTheTarget_theSavedFileStays() throws Exception {
    boolean happened = true;
    for (int call = 0; happened; call++) {
      int at = call;
      Change change = new Change(Operation.RENAME, FileSystem.EXT4);
      int[] linkedAt = {Integer.MAX_VALUE};
      boolean[] saved = {false};
      change.apply(
          new ApplyRig.Before() {
            @Override
            public void call(int number) {}

            @Override
            public void call(int number, String method) throws IOException {
              if (number == linkedAt[0] + 1) {
                change.rig.user.does(Act.CHANGES_MODE); // so that it is not what was indexed
              }
              if (number == linkedAt[0] + 2 + at) {
                change.rig.user.turnTo(ApplyRig.TARGET.toString());
                saved[0] = change.rig.user.does(Act.RENAMES_OVER);
              }
              if (method.equals("link")) {
                linkedAt[0] = number;
              }
            }
          });
      happened = saved[0];
      change.resume(Long.MAX_VALUE);
      String when = "saved at call " + call;
      assertThat(change.rig.contents()).as(when).containsKey(ApplyRig.FILE);
      change.rig.look();
      change.rig.requireNothingLost(when);
      if (happened) {
        assertThat(change.rig.contents())
            .as(when)
            .containsEntry(ApplyRig.TARGET.toString(), change.rig.user.last());
      }
    }
  }

  private static List<IOException> failures() {
    return List.of(
        new DiskFullException("no space left on device"),
        new AccessDeniedException("d/f"),
        new FileSystemException("d/f", null, "Invalid cross-device link"));
  }

  @ParameterizedTest
  @MethodSource("all")
  void apply_refusedAnywhere_isOneOfTheTwo_nothingIsLeft(Operation operation, FileSystem system)
      throws Exception {
    for (IOException failure : failures()) {
      boolean failed = true;
      for (int effects = 0; failed; effects++) {
        Change change = new Change(operation, system);
        change.disk.failAfter(effects, failure);
        change.apply(_ -> {});
        failed = change.isStopped;
        change.resume(Long.MAX_VALUE);
        change.requireOneOfTheTwo("%s after %d".formatted(failure, effects));
      }
    }
  }

  /** What the user did last to the name is there, or went along to the new name. */
  @ParameterizedTest
  @MethodSource("all")
  void apply_userActsAnywhere_nothingIsLost(Operation operation, FileSystem system)
      throws Exception {
    for (Act act : List.of(Act.WRITES, Act.RENAMES_OVER, Act.DELETES, Act.MOVES_AWAY)) {
      boolean happened = true;
      for (int call = 0; happened; call++) {
        int at = call;
        Change change = new Change(operation, system);
        boolean[] done = new boolean[2];
        change.apply(number -> {
          if (number == at) {
            done[0] = true;
            done[1] = change.rig.user.does(act);
          }
        });
        happened = done[0];
        change.resume(Long.MAX_VALUE);
        String when = "%s at call %d".formatted(act, call);
        String last = change.rig.user.last();
        if (done[1] && last != null) {
          boolean isAlong = last.equals(change.rig.contents().get(ApplyRig.TARGET.toString()));
          assertThat(isAlong || change.rig.seen().startsWith(last)).as(when).isTrue();
        }
        change.rig.look();
        change.rig.requireNothingLost(when);
      }
    }
  }

  /** Acts of a user on either name, faults, a kill, a second kill, in any order. */
  @ParameterizedTest
  @MethodSource("all")
  void apply_anythingAnywhere_nothingIsLost(Operation operation, FileSystem system)
      throws Exception {
    for (int number = 0; number < RANDOM_CASES; number++) {
      long seed = SEED + number;
      RandomGenerator random = new SplittableRandom(seed);
      Change change = new Change(operation, system);
      List<String> happened = new ArrayList<>();
      TreeMap<Integer, Act> acts = new TreeMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        acts.put(random.nextInt(45), Act.any(random));
      }
      boolean isAtTarget = operation == Operation.RENAME && random.nextBoolean();
      change.rig.user.turnTo(isAtTarget ? ApplyRig.TARGET.toString() : ApplyRig.FILE);
      if (random.nextBoolean()) {
        change.disk.powerOffAfter(random.nextInt(25));
      }
      if (random.nextInt(3) == 0) {
        change.disk.failAfter(random.nextInt(25), failures().get(random.nextInt(3)));
      }
      change.apply(call -> {
        if (acts.containsKey(call) && change.rig.user.does(acts.get(call))) {
          happened.add(call + " " + acts.get(call));
        }
      });
      change.disk.failAfter(Long.MAX_VALUE, new IOException());
      change.disk.kill();
      for (int i = random.nextInt(3); i > 0; i--) {
        Act act = Act.any(random);
        if (change.rig.user.does(act)) {
          happened.add(act.toString());
        }
      }
      change.resume(random.nextInt(12));
      change.rig.user.closes();
      change.rig.look();
      change.rig.requireNothingLost("seed %d: %s".formatted(seed, happened));
    }
  }
}
