package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.RealizeException;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.ApplyProtocol.ApplyOutcome;
import org.realize.sync.real.ApplyUser.Act;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryDisk.Ability;

class ApplyProtocolTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_127);
  private static final int RANDOM_CASES = 1_500;

  /** File systems, by what they lack. */
  enum FileSystem {
    EXT4,
    WITHOUT_EXCHANGE,
    WITHOUT_RENAME_FLAGS,
    WITHOUT_LEASES,
    /** The file lies in a file system that is mounted below the root. */
    NESTED;

    void limit(MemoryDisk disk) throws IOException {
      switch (this) {
        case EXT4 -> {}
        case NESTED -> {
          disk.user().createDirectory("d");
          disk.mount("d", disk.volume(7, MemoryDisk.EXT4));
        }
        case WITHOUT_EXCHANGE -> disk.lacks(Ability.EXCHANGE);
        case WITHOUT_RENAME_FLAGS -> disk.lacks(Ability.EXCHANGE, Ability.RENAME_NEW);
        case WITHOUT_LEASES -> disk.lacks(Ability.LEASE);
      }
    }

    boolean mayMissTheName() {
      return this == WITHOUT_EXCHANGE || this == WITHOUT_RENAME_FLAGS;
    }
  }

  /** One root and what happens to it. */
  private static final class Case extends AppliedChange {
    final FileSystem system;
    final ApplyRig rig;

    Case(FileSystem system) throws IOException, RealizeException {
      this.system = system;
      system.limit(disk);
      rig = ApplyRig.on(disk, time);
    }

    /** Old or new content is at the name, but where the user has changed that. */
    void requireName(String when) throws IOException {
      String shown = rig.shown();
      boolean isRight =
          shown == null
              ? rig.user.removedIt()
                  || system.mayMissTheName()
                  || disk.stat(ApplyRig.PATH).isPresent()
              : shown.equals(ApplyRig.OLD)
                  || shown.equals(ApplyRig.NEW)
                  || shown.startsWith("user");
      assertThat(isRight).as("%s: '%s'", when, shown).isTrue();
    }

    @Override
    ApplyRig rig() {
      return rig;
    }

    void replace(ApplyRig.Before before) throws InterruptedException {
      attempt(() -> rig.replace(before));
    }
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_unchangedFile_newOneIsThereAndIndexed_oldOneInTheTrash(FileSystem system)
      throws Exception {
    Case each = new Case(system);
    each.replace(_ -> {});
    assertThat(each.outcome).isEqualTo(ApplyOutcome.DONE);
    assertThat(each.rig.shown()).isEqualTo(ApplyRig.NEW);
    assertThat(each.rig.indexedNow().stat()).isEqualTo(each.disk.stat(ApplyRig.PATH).orElseThrow());
    assertThat(each.rig.indexedNow().isCertain()).isTrue();
    assertThat(each.rig.trashed()).containsExactly(ApplyRig.OLD);
    each.disk.powerCut(new SplittableRandom(SEED));
    assertThat(each.rig.shown()).isEqualTo(ApplyRig.NEW);
    each.requireNothingLost("replaced");
    assertThat(each.rig.reports()).isEmpty();
  }

  @Test
  void replace_neitherSafeRenamesNorLinks_staysAndIsListed() throws Exception {
    Case each = new Case(FileSystem.EXT4);
    each.disk.lacks(Ability.EXCHANGE, Ability.RENAME_NEW, Ability.LINK);
    each.replace(_ -> {});
    assertThat(each.outcome).isEqualTo(ApplyOutcome.UNSUPPORTED);
    assertThat(each.rig.shown()).isEqualTo(ApplyRig.OLD);
    each.requireNothingLost("unsupported");
    assertThat(each.rig.reports()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_openForWriting_stays_unknownDoesNotRefuse(FileSystem system) throws Exception {
    Case each = new Case(system);
    each.rig.user.does(Act.OPENS);
    each.replace(_ -> {});
    boolean isUnknown = system == FileSystem.WITHOUT_LEASES;
    assertThat(each.outcome).isEqualTo(isUnknown ? ApplyOutcome.DONE : ApplyOutcome.OPEN);
    each.rig.user.does(Act.HELD_WRITES);
    each.requireNothingLost("open");
    assertThat(each.rig.reports()).hasSize(isUnknown ? 1 : 0);
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_killedTwiceAnywhere_oneOfTheTwoIsThere(FileSystem system) throws Exception {
    boolean stopped = true;
    int cases = 0;
    for (int effects = 0; stopped; effects++) {
      boolean stoppedAgain = true;
      for (int again = 0; stoppedAgain; again++) {
        String when = "%s killed after %d, then after %d".formatted(system, effects, again);
        Case each = new Case(system);
        each.disk.powerOffAfter(effects);
        each.replace(_ -> {});
        stopped = each.isStopped;
        each.isStopped = false;
        each.resume(again);
        stoppedAgain = each.isStopped;
        assertThat(each.rig.shown()).as(when).isIn(ApplyRig.OLD, ApplyRig.NEW);
        if (ApplyRig.NEW.equals(each.rig.shown())) {
          FileStat now = each.disk.stat(ApplyRig.PATH).orElseThrow();
          assertThat(each.rig.indexedNow().stat()).as(when).isEqualTo(now);
        }
        each.requireNothingLost(when);
        cases++;
      }
    }
    assertThat(cases).isGreaterThan(30);
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_userActsAnywhere_killedAnywhere_nothingIsLost(FileSystem system) throws Exception {
    for (Act act : List.of(Act.WRITES, Act.RENAMES_OVER, Act.DELETES, Act.MAKES_A_DIRECTORY)) {
      actsAnywhere(system, act);
    }
    actsAnywhere(system, Act.CHANGES_MODE);
    actsAnywhere(system, Act.MOVES_AWAY);
  }

  private static void actsAnywhere(FileSystem system, Act act) throws Exception {
    boolean stopped = true;
    for (int effects = 0; stopped; effects++) {
      boolean happened = true;
      for (int call = 0; happened; call++) {
        int at = call;
        String when = "%s: %s at call %d, killed after %d".formatted(system, act, call, effects);
        Case each = new Case(system);
        boolean[] done = new boolean[2];
        each.disk.powerOffAfter(effects);
        each.replace(number -> {
          each.requireName(when);
          if (number == at) {
            done[0] = true;
            done[1] = each.rig.user.does(act);
          }
        });
        stopped = each.isStopped;
        happened = done[0];
        each.resume(Long.MAX_VALUE);
        boolean isRemovalUndone =
            system == FileSystem.WITHOUT_RENAME_FLAGS
                && each.rig.user.removedIt()
                && ApplyRig.NEW.equals(each.rig.shown());
        if (done[1] && act != Act.CHANGES_MODE && !isRemovalUndone) {
          assertThat(each.rig.shown()).as(when).isEqualTo(each.rig.user.last());
        } else {
          assertThat(each.rig.shown()).as(when).isIn(ApplyRig.OLD, ApplyRig.NEW);
        }
        each.requireNothingLost(when);
      }
    }
  }

  /** Up to three acts of a user, faults, a kill, a second kill, in any order. */
  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_anythingAnywhere_nothingIsLost(FileSystem system) throws Exception {
    for (int number = 0; number < RANDOM_CASES; number++) {
      long seed = SEED + number;
      RandomGenerator random = new SplittableRandom(seed);
      Case each = new Case(system);
      List<String> happened = new ArrayList<>();
      String when = "%s, seed %d".formatted(system, seed);
      TreeMap<Integer, Act> acts = new TreeMap<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        acts.put(random.nextInt(45), Act.any(random));
      }
      if (random.nextBoolean()) {
        each.disk.powerOffAfter(random.nextInt(25));
      }
      if (random.nextInt(3) == 0) {
        each.disk.failAfter(random.nextInt(25), failures().get(random.nextInt(3)));
      }
      ApplyRig.Before before =
          call -> {
            each.requireName(when + happened);
            if (acts.containsKey(call) && each.rig.user.does(acts.get(call))) {
              happened.add(call + " " + acts.get(call));
            }
          };
      each.replace(before);
      each.disk.failAfter(Long.MAX_VALUE, new IOException());
      each.disk.kill();
      for (int i = random.nextInt(3); i > 0; i--) {
        each.rig.user.does(Act.any(random));
      }
      each.resume(random.nextInt(12));
      each.requireNothingLost(when + happened);
    }
  }

  private static List<IOException> failures() {
    return List.of(
        new DiskFullException("no space left on device"),
        new AccessDeniedException("d/f"),
        new FileSystemException("d/f", null, "Invalid cross-device link"));
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_refusedAnywhere_oneOfTheTwoIsThere_nothingIsLeft(FileSystem system)
      throws Exception {
    for (IOException failure : failures()) {
      boolean failed = true;
      for (int effects = 0; failed; effects++) {
        String when = "%s: %s after %d".formatted(system, failure, effects);
        Case each = new Case(system);
        each.disk.failAfter(effects, failure);
        each.replace(each.rig.shown() == null ? _ -> {} : _ -> each.requireName(when));
        failed = each.isStopped;
        assertThat(each.rig.shown()).as(when).isIn(ApplyRig.OLD, ApplyRig.NEW);
        each.resume(Long.MAX_VALUE);
        each.requireNothingLost(when);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_powerCutAnywhere_oneOfTheTwoIsThereWhole(FileSystem system) throws Exception {
    for (int number = 0; number < 6; number++) {
      boolean stopped = true;
      for (int effects = 0; stopped; effects++) {
        String when = "%s cut after %d, seed %d".formatted(system, effects, SEED + number);
        Case each = new Case(system);
        each.disk.powerOffAfter(effects);
        each.replace(_ -> {});
        stopped = each.isStopped;
        each.disk.powerCut(new SplittableRandom(SEED + number));
        each.rig.resume();
        assertThat(each.rig.shown()).as(when).isIn(ApplyRig.OLD, ApplyRig.NEW);
        assertThat(stopped || ApplyRig.NEW.equals(each.rig.shown())).as(when).isTrue();
        each.requireNothingLost(when);
      }
    }
  }

  /** A root whose file system fails, after some calls, until it is mended. */
  private static final class FailingCase {
    final Case each;
    final Real real;
    int callsLeft;

    FailingCase(FileSystem system, int calls) throws IOException, RealizeException {
      each = new Case(system);
      callsLeft = calls;
      real =
          each.rig.life(_ -> {
            if (callsLeft-- <= 0) {
              throw new IOException("stale file handle");
            }
          });
    }

    /** Time goes by, in which upkeep must leave alone what waits in the trash. */
    void fail() throws RealizeException {
      for (int hours = 0; hours < 3; hours++) {
        each.time.advance(Duration.ofDays(1));
        assertThatThrownBy(real::step).isInstanceOf(IOException.class);
      }
    }

    void mend() {
      callsLeft = Integer.MAX_VALUE;
    }
  }

  @ParameterizedTest
  @EnumSource(FileSystem.class)
  void replace_diskFailsForLong_isConcludedInTheSameLifeOrALaterOne(FileSystem system)
      throws Exception {
    int stillOpen = 0;
    for (boolean restarted : List.of(false, true)) {
      ApplyOutcome outcome = null;
      for (int calls = 1; outcome == null; calls++) {
        String when = "%s: fails after %d calls, restarted: %s".formatted(system, calls, restarted);
        FailingCase failing = new FailingCase(system, calls);
        ApplyRig rig = failing.each.rig;
        try {
          outcome = rig.replace(failing.real);
        } catch (IOException e) {
          assertThat(e).as(when).hasMessage("stale file handle");
        }
        if (rig.hasIntents()) {
          stillOpen++;
          failing.fail();
          assertThat(
                  rig.store
                      .<ApplyProtocol.OpenChanges>read(ApplyProtocol::open)
                      .mayMiss(ApplyRig.PATH))
              .isTrue();
        }
        failing.mend();
        if (restarted) {
          rig.resume();
        }
        for (int looks = 0; looks < 3; looks++) {
          rig.look(failing.real);
        }
        assertThat(rig.shown()).as(when).isIn(ApplyRig.OLD, ApplyRig.NEW);
        assertThat(rig.hasIntents()).as(when).isFalse();
        rig.resume();
        rig.requireNothingLost(when);
        if (ApplyRig.NEW.equals(rig.shown())) {
          FileStat now = failing.each.disk.stat(ApplyRig.PATH).orElseThrow();
          assertThat(rig.indexedNow().stat()).as(when).isEqualTo(now);
        }
      }
    }
    assertThat(stillOpen).isGreaterThan(5);
  }

  /** A file system that gives no name while one is missing, until it is mended. */
  private static final class Nameless implements ApplyRig.Before {
    final Case each;
    boolean isMended;

    Nameless(Case each) {
      this.each = each;
    }

    @Override
    public void call(int number) {}

    @Override
    public void call(int number, String method) throws IOException {
      boolean isName = method.startsWith("rename");
      if (isName && !isMended && each.disk.stat(ApplyRig.PATH).isEmpty()) {
        throw new IOException("stale file handle");
      }
    }
  }

  @Test
  void step_replacementIsOpen_upkeepLeavesItsFilesAlone_andConcludesIt() throws Exception {
    for (boolean restarted : List.of(false, true)) {
      Case each = new Case(FileSystem.WITHOUT_EXCHANGE);
      Nameless failing = new Nameless(each);
      Real first = each.rig.life(failing);
      assertThatThrownBy(() -> each.rig.replace(first)).hasMessage("stale file handle");
      Real real = restarted ? each.rig.life(failing) : first;
      if (restarted) {
        real.resume();
      }
      for (int days = 0; days < 20; days++) {
        each.time.advance(Duration.ofDays(1));
        assertThatThrownBy(real::step).hasMessage("stale file handle");
      }
      assertThat(each.rig.shown()).isNull();
      each.rig.listReports();
      assertThat(each.rig.reports()).isEmpty();
      assertThat(each.rig.contents().values()).contains(ApplyRig.OLD, ApplyRig.NEW);
      failing.isMended = true;
      ApplyRig.upkeep(real);
      assertThat(each.rig.shown()).isEqualTo(ApplyRig.NEW);
      each.requireNothingLost("mended");
      assertThat(each.rig.contents().values()).contains(ApplyRig.OLD);
    }
  }

  @Test
  void resume_intentOfARestoredStore_isVoid() throws Exception {
    Case each = new Case(FileSystem.EXT4);
    for (int effects = 0; !each.rig.hasIntents(); effects++) {
      each = new Case(FileSystem.EXT4);
      each.disk.powerOffAfter(effects);
      each.replace(_ -> {});
      each.disk.kill();
    }
    each.rig.files.delete(".realize");
    each.rig.resume();
    assertThat(each.rig.shown()).isEqualTo(ApplyRig.OLD);
    assertThat(each.rig.hasIntents()).isFalse();
    assertThat(each.rig.indexedNow().stat()).isEqualTo(each.rig.indexed);
  }

  @Test
  void resume_placeIsNotMounted_intentWaitsForIt() throws Exception {
    ManualTime time = new ManualTime();
    MemoryDisk disk;
    MemoryDisk.Volume volume;
    ApplyRig rig;
    int effects = 0;
    do {
      disk = new MemoryDisk(time);
      disk.lacks(Ability.EXCHANGE);
      disk.user().createDirectory("d");
      volume = disk.volume(7, MemoryDisk.EXT4);
      disk.mount("d", volume);
      rig = ApplyRig.on(disk, time);
      disk.powerOffAfter(effects++);
      ApplyRig killed = rig;
      assertThatThrownBy(() -> killed.replace(_ -> {}))
          .isInstanceOfAny(IOException.class, RealizeException.StorageFailed.class);
      disk.kill();
    } while (rig.shown() != null);
    disk.unmount("d");
    rig.places.observe();
    rig.resume();
    assertThat(rig.hasIntents()).isTrue();
    disk.mount("d", volume);
    rig.places.observe();
    rig.resume();
    assertThat(rig.hasIntents()).isFalse();
    assertThat(rig.shown()).isEqualTo(ApplyRig.NEW);
    assertThat(rig.trashed()).containsExactly(ApplyRig.OLD);
  }

  @Test
  void replace_builderFails_nothingHasHappened() throws Exception {
    Case each = new Case(FileSystem.EXT4);
    Real real = new Real(each.disk, RootCapabilities.FULL, each.rig.store, each.time);
    assertThatThrownBy(() ->
            real.apply()
                .replace(
                    ApplyRig.PATH,
                    each.rig.indexed,
                    _ -> {
                      throw new IOException("no bytes");
                    }))
        .hasMessage("no bytes");
    assertThat(each.rig.contents()).containsOnlyKeys(ApplyRig.FILE);
  }

  @Test
  void replace_twiceAtOnce_theSecondIsRefused_theFirstIsWhole() throws Exception {
    Case each = new Case(FileSystem.EXT4);
    Real real = new Real(each.disk, RootCapabilities.FULL, each.rig.store, each.time);
    byte[] bytes = ApplyRig.NEW.getBytes(StandardCharsets.UTF_8);
    ApplyOutcome first =
        real.apply()
            .replace(
                ApplyRig.PATH,
                each.rig.indexed,
                made -> {
                  made.write(ByteBuffer.wrap(bytes, 0, 2), 0);
                  assertThatThrownBy(
                          () -> real.apply().replace(ApplyRig.PATH, each.rig.indexed, _ -> {}))
                      .isInstanceOf(RealizeException.Unreachable.class)
                      .hasMessageContaining("being changed already");
                  made.write(ByteBuffer.wrap(bytes, 2, bytes.length - 2), 2);
                });
    assertThat(first).isEqualTo(ApplyOutcome.DONE);
    assertThat(each.rig.shown()).isEqualTo(ApplyRig.NEW);
  }
}
