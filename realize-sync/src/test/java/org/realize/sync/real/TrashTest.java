package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.Finding;
import org.realize.sync.real.ApplyUser.Act;
import org.realize.sync.real.Trash.TrashOutcome;
import org.realize.sync.testing.ForwardingDisk;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryDisk.Ability;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.OpenUserFile;
import org.realize.sync.testing.PathStates;

class TrashTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_128);
  private static final RelativePath PATH = RelativePath.of("f");

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final ArenaStore store =
      new MemoryGlobalStore(new Random(1)).arena(new ArenaName("photos"));

  private Real real() throws RealizeException {
    return new Real(disk, RootCapabilities.FULL, store, time);
  }

  private FileStat write(String text) throws IOException {
    disk.user().write("f", text.getBytes(StandardCharsets.UTF_8));
    return disk.stat(PATH).orElseThrow();
  }

  private List<String> trashed() throws IOException {
    List<String> contents = new ArrayList<>();
    OwnDirectories.<RuntimeException>clear(
        disk,
        Trash.DIRECTORY,
        (file, path) -> {
          if (!file.name().endsWith(".list")) {
            contents.add(
                path + "=" + new String(disk.user().read(file.toString()), StandardCharsets.UTF_8));
          }
        });
    return contents;
  }

  private List<String> causes() throws RealizeException {
    return store.<List<Finding>>read(reader -> reader.findings(100)).stream()
        .map(Finding::cause)
        .toList();
  }

  @Test
  void take_listedFile_isInTheTrashUnderItsPath_ofItsOwnerOnly() throws Exception {
    FileStat listed = write("one");
    assertThat(real().trash().take(PATH, listed, false)).isEqualTo(TrashOutcome.TAKEN);
    assertThat(disk.stat(PATH)).isEmpty();
    assertThat(trashed()).containsExactly("0/f=one");
    assertThat(disk.stat(Trash.DIRECTORY).orElseThrow().mode()).isEqualTo(0700);
  }

  @Test
  void take_changedOrAbsentOrOpenFile_stays() throws Exception {
    FileStat listed = write("one");
    time.advance(Duration.ofSeconds(1));
    Trash trash = real().trash();
    try (OpenUserFile _ = disk.user().open("f")) {
      assertThat(trash.take(PATH, listed, false)).isEqualTo(TrashOutcome.OPEN);
    }
    write("two");
    assertThat(trash.take(PATH, listed, false)).isEqualTo(TrashOutcome.CHANGED);
    disk.user().delete("f");
    assertThat(trash.take(PATH, listed, false)).isEqualTo(TrashOutcome.CHANGED);
    assertThat(disk.stat(Trash.DIRECTORY)).isEmpty();
  }

  @Test
  void take_directoryWhoseNameAFileTakesJustBefore_fileStays() throws Exception {
    disk.user().createDirectory("f");
    FileStat listed = disk.stat(PATH).orElseThrow();
    Disk meddled =
        new ForwardingDisk(disk) {
          @Override
          public void deleteDirectory(RelativePath path) throws IOException {
            disk.user().delete("f");
            disk.user().write("f", new byte[] {1});
            super.deleteDirectory(path);
          }
        };
    Trash trash = new Real(meddled, RootCapabilities.FULL, store, time).trash();
    assertThat(trash.take(PATH, listed, false)).isEqualTo(TrashOutcome.CHANGED);
    assertThat(disk.user().read("f")).containsExactly(1);
  }

  @Test
  void take_manyVersionsInOneSecond_allAreKept() throws Exception {
    Trash trash = real().trash();
    for (String text : List.of("one", "two", "three")) {
      assertThat(trash.take(PATH, write(text), false)).isEqualTo(TrashOutcome.TAKEN);
    }
    assertThat(trashed()).containsExactlyInAnyOrder("0/f=one", "1/f=two", "2/f=three");
  }

  @Test
  void take_longestPath_isTaken() throws Exception {
    StringBuilder path = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      path.append("x".repeat(250));
      disk.user().createDirectory(path.toString());
      path.append('/');
    }
    path.append("y".repeat(RelativePath.MAX_PATH_BYTES - path.length()));
    disk.user().write(path.toString(), new byte[3]);
    RelativePath name = RelativePath.of(path.toString());
    FileStat listed = disk.stat(name).orElseThrow();
    assertThat(real().trash().take(name, listed, false)).isEqualTo(TrashOutcome.TAKEN);
    assertThat(trashed()).hasSize(1);
  }

  @Test
  void take_killedAndMeddledWithAnywhere_fileIsAtItsNameOrHere() throws Exception {
    for (int number = 0; number < 3_000; number++) {
      RandomGenerator random = new SplittableRandom(SEED + number);
      ManualTime own = new ManualTime();
      MemoryDisk root = new MemoryDisk(own);
      if (random.nextBoolean()) {
        root.lacks(Ability.RENAME_NEW);
      }
      ApplyRig rig = ApplyRig.on(root, own);
      int call = random.nextInt(25);
      Act act = Act.any(random);
      root.powerOffAfter(random.nextInt(12));
      try {
        rig.take(at -> {
          if (at == call) {
            rig.user.does(act);
          }
        });
      } catch (IOException | RealizeException killed) {
        // as it is
      }
      root.kill();
      rig.user.closes();
      rig.look();
      rig.requireNothingLost("seed %d: %s at %d".formatted(SEED + number, act, call));
    }
  }

  @Test
  void step_clockJumpsFrom1970_agesNothing_thirtyObservedDaysDo() throws Exception {
    time.jumpTo(0);
    Real real = real();
    real.trash().take(PATH, write("one"), false);
    time.jumpTo(ManualTime.START_MILLIS);
    for (int day = 0; day < 30; day++) {
      ApplyRig.upkeep(real);
      assertThat(trashed()).as("day %d", day).containsExactly("0/f=one");
      time.advance(Duration.ofDays(1));
    }
    time.advance(Duration.ofDays(1));
    ApplyRig.upkeep(real);
    assertThat(disk.list(Trash.DIRECTORY).names()).isEmpty();
  }

  /** Commits a change, as a user's work does. */
  private static void commit(ArenaStore arena) throws RealizeException {
    arena.write(writer -> {
      writer.put(PathStates.showing("work", new Content.Directory(), writer.nextSeq()));
    });
  }

  @Test
  void step_nothingIsCommitted_writesNothing() throws Exception {
    Real real = real();
    int[] commits = new int[1];
    store.addListener(_ -> commits[0]++);
    for (int hour = 0; hour < 100; hour++) {
      time.advance(Duration.ofHours(1));
      ApplyRig.upkeep(real);
    }
    assertThat(commits[0]).isZero();
    commit(store);
    time.advance(Duration.ofHours(1));
    ApplyRig.upkeep(real);
    assertThat(ObservedTime.of(store, time).millis()).isEqualTo(Duration.ofHours(101).toMillis());
  }

  @Test
  void step_observedTimeIsSavedHourlyAtWork_killLosesTheRest_neverMore() throws Exception {
    Real first = real();
    first.trash().take(PATH, write("one"), false);
    for (int hour = 0; hour < 24 * 29; hour++) {
      time.advance(Duration.ofHours(1));
      commit(store);
      ApplyRig.upkeep(first);
    }
    time.advance(Duration.ofMinutes(59));
    Real second = real(); // after a kill
    time.advance(Duration.ofHours(24));
    ApplyRig.upkeep(second);
    assertThat(trashed()).hasSize(1);
    time.advance(Duration.ofHours(24));
    ApplyRig.upkeep(second);
    assertThat(trashed()).isEmpty();
  }

  @Test
  void step_mountsBelowTheRoot_eachTrashExpires_whileItsPlaceIsCertain() throws Exception {
    MemoryGlobalStore global = new MemoryGlobalStore(new Random(1));
    ArenaStore photos = global.arena(new ArenaName("photos"));
    Places places =
        new Places(
            disk, photos, new Ownership(photos.arena(), global, "here"), time, new Random(2));
    places.observe();
    disk.user().createDirectory("usb");
    MemoryDisk.Volume volume = disk.volume(7, MemoryDisk.EXT4);
    disk.mount("usb", volume);
    RelativePath usb = RelativePath.of("usb");
    FileStat root = disk.stat(RelativePath.ROOT).orElseThrow();
    assertThat(places.step(root, usb, disk.stat(usb).orElseThrow(), false))
        .isEqualTo(Places.PathStep.PLACE);
    disk.user().write("usb/f", new byte[] {'x'});
    FileStat listed = disk.stat(usb.child("f")).orElseThrow();
    Real real = new Real(disk, RootCapabilities.FULL, photos, time);
    assertThat(real.trash().take(usb.child("f"), listed, false)).isEqualTo(TrashOutcome.TAKEN);
    assertThat(real.trash().holds(usb.child("f"), listed.fileKey())).isTrue();
    assertThat(disk.user().read("usb/.realize/trash/0/f")).containsExactly('x');
    disk.unmount("usb");
    places.observe();
    time.advance(Duration.ofDays(31));
    commit(photos);
    ApplyRig.upkeep(real);
    disk.mount("usb", volume);
    ApplyRig.upkeep(real);
    assertThat(disk.user().read("usb/.realize/trash/0/f")).containsExactly('x');
    places.observe();
    ApplyRig.upkeep(new Real(disk, RootCapabilities.FULL, photos, time));
    assertThat(disk.list(usb.child(".realize").child("trash")).names()).isEmpty();
  }

  @Test
  void step_manyDirectories_looksAtOneAtATime_deletesAll() throws Exception {
    Real real = real();
    for (int i = 0; i < 20; i++) {
      real.trash().take(PATH, write("version " + i), false);
      time.advance(Duration.ofSeconds(2));
    }
    time.advance(Duration.ofDays(32));
    long effects = disk.effects();
    int steps = 0;
    while (real.step()) {
      steps++;
      assertThat(disk.effects() - effects).isLessThan(12);
      effects = disk.effects();
    }
    assertThat(steps).isBetween(30, 120);
    assertThat(trashed()).isEmpty();
  }

  @Test
  void step_privateRoot_whatPeersKeepLeavesWithinMinutes_whatAUserRemovedStays() throws Exception {
    Real real = new Real(disk, RootCapabilities.FULL, store, time, true);
    real.trash().take(PATH, write("removed"), false);
    time.advance(Duration.ofSeconds(2));
    real.trash().take(PATH, write("kept elsewhere"), true);
    assertThat(real.leavingBytes()).isEqualTo("kept elsewhere".length());
    for (int minute = 0; minute < 9; minute++) {
      ApplyRig.upkeep(real);
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(trashed()).hasSize(2);
    assertThat(real.leavingBytes()).isPositive();
    for (int minute = 0; minute < 4; minute++) {
      ApplyRig.upkeep(real);
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(trashed()).containsExactly("0/f=removed");
    assertThat(real.leavingBytes()).isZero();
  }

  @Test
  void step_privateRoot_lateChangeOfWhatPeersKeep_stays() throws Exception {
    Real real = new Real(disk, RootCapabilities.FULL, store, time, true);
    real.trash().take(PATH, write("kept elsewhere"), true);
    ApplyRig.upkeep(real);
    time.advance(Duration.ofMinutes(5));
    disk.user().write(".realize/trash/0/f", "changed".getBytes(StandardCharsets.UTF_8));
    for (int minute = 0; minute < 30; minute++) {
      ApplyRig.upkeep(real);
      time.advance(Duration.ofMinutes(1));
    }
    assertThat(trashed()).containsExactly("0/f=changed");
    assertThat(causes()).hasSize(1);
  }

  /** A hot file fills the trash, and the newest replaced version of a quiet one stays. */
  @Test
  void step_hotFileFillsTheTrash_newestVersionOfAnotherStays() throws Exception {
    MemoryDisk small = new MemoryDisk(time, 64 << 20, 1);
    Real real = new Real(small, RootCapabilities.FULL, store, time);
    small.user().write("quiet", "last".getBytes(StandardCharsets.UTF_8));
    RelativePath quiet = RelativePath.of("quiet");
    real.trash().take(quiet, small.stat(quiet).orElseThrow(), false);
    for (int i = 0; i < 60; i++) {
      time.advance(Duration.ofHours(3));
      small.user().write("f", new byte[2 << 20]);
      real.trash().take(PATH, small.stat(PATH).orElseThrow(), false);
      ApplyRig.upkeep(real);
      assertThat(small.usage().availableBytes()).isPositive();
    }
    assertThat(small.user().read(".realize/trash/0/quiet")).asString().isEqualTo("last");
  }

  /** The moment, after a file's arrival in the trash, at which a program writes to it. */
  enum Late {
    AFTER_5_S(Duration.ofSeconds(5), Duration.ofSeconds(10)),
    AFTER_30_S(Duration.ofSeconds(30), Duration.ofMinutes(1)),
    AFTER_30_MIN(Duration.ofMinutes(30), Duration.ofHours(1)),
    AFTER_5_H(Duration.ofHours(5), Duration.ofHours(25));

    private final Duration write;
    private final Duration found;

    Late(Duration write, Duration found) {
      this.write = write;
      this.found = found;
    }
  }

  @ParameterizedTest
  @EnumSource(Late.class)
  void step_programWritesToAFileInTheTrash_isListedAtTheNextLook(Late late) throws Exception {
    disk.lacks(Ability.LEASE);
    Real real = real();
    FileStat listed = write("one");
    try (OpenUserFile late2 = disk.user().open("f")) {
      assertThat(real.trash().take(PATH, listed, false)).isEqualTo(TrashOutcome.TAKEN);
      Duration passed = Duration.ZERO;
      boolean isWritten = false;
      while (passed.compareTo(late.found) < 0) {
        assertThat(causes()).isEmpty();
        if (!isWritten && passed.compareTo(late.write) >= 0) {
          late2.write("late".getBytes(StandardCharsets.UTF_8));
          isWritten = true;
        }
        time.advance(Duration.ofSeconds(5));
        passed = passed.plusSeconds(5);
        ApplyRig.upkeep(real);
      }
    }
    time.advance(Duration.ofSeconds(10));
    ApplyRig.upkeep(real);
    assertThat(causes()).hasSize(1);
    assertThat(causes().getFirst()).contains(".realize/trash/0/f");
    assertThat(trashed()).containsExactly("0/f=late");
  }

  /** The file is still the user's under its other name: no version of the removed one. */
  @Test
  void step_otherNameOfAFileInTheTrashIsWrittenTo_isNotListed_norAnythingLost() throws Exception {
    Real real = real();
    write("one");
    disk.user().hardLink("g", "f");
    FileStat listed = disk.stat(PATH).orElseThrow();
    assertThat(real.trash().take(PATH, listed, false)).isEqualTo(TrashOutcome.TAKEN);
    time.advance(Duration.ofSeconds(10));
    ApplyRig.upkeep(real);
    assertThat(real.trashBytes()).isZero();

    disk.user().write("g", "edited in place".getBytes(StandardCharsets.UTF_8));
    time.advance(Duration.ofHours(2));
    ApplyRig.upkeep(real);

    assertThat(causes()).isEmpty();
    assertThat(disk.user().read("g")).asString().isEqualTo("edited in place");
    assertThat(trashed()).hasSize(1);

    disk.user().delete("g"); // then the trash has its last bytes
    time.advance(Duration.ofHours(25));
    ApplyRig.upkeep(real);
    assertThat(real.trashBytes()).isPositive();
    assertThat(trashed()).containsExactly("0/f=edited in place");
    time.advance(Duration.ofDays(28));
    ApplyRig.upkeep(real);
    assertThat(trashed()).hasSize(1); // as old as its last change
    time.advance(Duration.ofDays(3));
    ApplyRig.upkeep(real);
    assertThat(trashed()).isEmpty();
    assertThat(causes()).isEmpty();
  }

  @Test
  void step_writerKilledUsBeforeTheFirstLook_isListedInTheNextLife() throws Exception {
    disk.lacks(Ability.LEASE);
    FileStat listed = write("one");
    try (OpenUserFile late = disk.user().open("f")) {
      real().trash().take(PATH, listed, false);
      late.write("late".getBytes(StandardCharsets.UTF_8));
      disk.kill();
    }
    ApplyRig.upkeep(real());
    assertThat(causes()).hasSize(1);
  }

  @Test
  void step_leftoverWithoutANote_isListedAndStays() throws Exception {
    disk.user().createDirectory(".realize");
    disk.user().createDirectory(".realize/trash");
    disk.user().createDirectory(".realize/trash/5000");
    disk.user().write(".realize/trash/5000/f", new byte[] {'x'});
    disk.user().createDirectory(".realize/trash/mine");
    disk.user().write(".realize/trash/mine/g", new byte[] {'y'});
    ApplyRig.upkeep(real());
    assertThat(causes()).hasSize(1);
    assertThat(trashed()).containsExactlyInAnyOrder("5000/f=x", "mine/g=y");
  }

  @Test
  void take_afterAKillThatLostTime_staysNewest() throws Exception {
    Real first = real();
    time.advance(Duration.ofMinutes(40));
    first.trash().take(PATH, write("one"), false);
    real().trash().take(PATH, write("two"), false);
    assertThat(trashed()).containsExactlyInAnyOrder("2400000/f=one", "2400001/f=two");
  }
}
