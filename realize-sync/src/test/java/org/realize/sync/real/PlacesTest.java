package org.realize.sync.real;

import static java.util.stream.Collectors.toUnmodifiableSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.InDoubt;
import org.realize.sync.model.RealizeException.Invalid;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.real.Doubt.Cause;
import org.realize.sync.real.Places.PathStep;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.UserFiles;

/** Every cause of a doubt, and its end. */
class PlacesTest {

  private static final ArenaName PHOTOS = new ArenaName("photos");
  private static final RelativePath ROOT = RelativePath.ROOT;
  private static final RelativePath USB = RelativePath.of("usb");

  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final UserFiles user = disk.user();
  private final Random random = new Random(1);
  private MemoryGlobalStore global = new MemoryGlobalStore(random);
  private ArenaStore store;
  private Places places;

  @BeforeEach
  void start() throws Exception {
    store = global.arena(PHOTOS);
    restart();
  }

  /** A new life of the daemon, with its first look. */
  private void restart() throws RealizeException {
    places = of(global, PHOTOS, "here");
    places.observe();
  }

  private Places of(MemoryGlobalStore owner, ArenaName arena, String machine)
      throws RealizeException {
    return new Places(disk, owner.arena(arena), new Ownership(arena, owner, machine), time, random);
  }

  private Optional<Cause> doubt(RelativePath path) throws RealizeException {
    places.observe();
    return places.doubt(path).map(Doubt::cause);
  }

  private PathStep step(RelativePath path, boolean known) throws Exception {
    FileStat above = disk.stat(path.parent().orElseThrow()).orElseThrow();
    return places.step(above, path, disk.stat(path).orElseThrow(), known);
  }

  private String id(String place) throws Exception {
    byte[] bytes = user.read(place.isEmpty() ? ".realize/id" : place + "/.realize/id");
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private UUID rootId() throws RealizeException {
    return store.<Optional<UUID>>read(Places::rootId).orElseThrow();
  }

  private void settle() throws RealizeException {
    places.settle(places.doubts().stream().map(Doubt::place).collect(toUnmodifiableSet()));
  }

  /** A bind mount with a file, known as a place. */
  private MemoryDisk.Volume bind(String path) throws Exception {
    MemoryDisk.Volume volume = disk.volume(1, MemoryDisk.EXT4);
    user.createDirectory(path);
    disk.mount(path, volume);
    user.write(path + "/a", new byte[1]);
    assertThat(step(RelativePath.of(path), false)).isEqualTo(PathStep.PLACE);
    return volume;
  }

  private void assertUnsettledThenSettles(RelativePath path) throws Exception {
    assertThat(doubt(path)).isEmpty();
    assertThat(places.isUnsettled(path)).isTrue();
    assertThatThrownBy(() -> places.require(path)).isInstanceOf(InDoubt.class);
    assertThat(places.settled(List.of(path))).isEmpty();
    assertThat(store.<Boolean>read(reader -> Places.inDoubt(reader, path))).isTrue();
    settle();
    assertThat(places.isUnsettled(path)).isFalse();
    places.require(path);
    assertThat(places.settled(List.of(path))).containsExactly(path);
    assertThat(places.doubts()).isEmpty();
    assertThat(store.<Boolean>read(reader -> Places.inDoubt(reader, path))).isFalse();
  }

  @Test
  void observe_newRoot_getsAnIdThatNamesItAndItsOwner() throws Exception {
    assertThat(id(""))
        .startsWith("realize place 1\narena: photos\nroot: " + rootId() + "\npath: \n")
        .contains("\nstore: " + global.identity().store() + "\nmachine: here\nstamp: ");
    places.require(RelativePath.of("any/file"));
  }

  /** Else what a user removes after the first complete scan would be dropped, and come back. */
  @Test
  void settle_powerCutAfterwards_isNoDoubtAgain() throws Exception {
    for (int seed = 0; seed < 20; seed++) {
      user.delete(".realize/id");
      assertThat(doubt(ROOT)).contains(Cause.NO_ID);
      places.confirm(ROOT);
      settle();
      disk.forceAll();
      global.powerCut(new SplittableRandom(seed));
      restart();
      assertThat(doubt(ROOT)).isEmpty();
      assertThat(places.isUnsettled(ROOT)).isFalse();
    }
  }

  @Test
  void observe_everyStart_writesAnotherStamp_andTheRootStaysTheSame() throws Exception {
    UUID root = rootId();
    for (int i = 0; i < 3; i++) {
      String before = id("");
      restart();
      assertThat(id("")).isNotEqualTo(before);
      assertThat(doubt(ROOT)).isEmpty();
      assertThat(rootId()).isEqualTo(root);
    }
  }

  @Test
  void observe_hourAfterTheStart_writesAStampOnlyAfterCommits() throws Exception {
    String before = id("");
    time.advance(Duration.ofHours(2));
    places.observe();
    assertThat(id("")).isEqualTo(before);
    Content directory = new Content.Directory();
    store.write(
        (ArenaWriter writer) -> writer.put(PathStates.showing("a", directory, writer.nextSeq())));
    places.observe();
    assertThat(id("")).isNotEqualTo(before);
    assertThat(doubt(ROOT)).isEmpty();
  }

  /** The id file may keep an old stamp for hours, on a root that is full. */
  @Test
  void observe_stampsCannotBeWrittenForHours_isNoDoubt() throws Exception {
    String before = id("");
    for (int hour = 1; hour <= 4; hour++) {
      String name = "a" + hour;
      time.advance(Duration.ofHours(1).plusSeconds(1));
      store.write((ArenaWriter writer) ->
          writer.put(PathStates.showing(name, new Content.Directory(), writer.nextSeq())));
      disk.capacity(0);
      places.observe();
      disk.capacity(1 << 20);
      assertThat(id("")).as("the test's disk is full").isEqualTo(before);
    }
    assertThat(doubt(ROOT)).isEmpty();
    restart();
    assertThat(doubt(ROOT)).isEmpty();
  }

  @Test
  void observe_cutAtEveryEffect_isNoDoubtAfterwards() throws Exception {
    for (int effects = 0; effects < 16; effects++) {
      for (int seed = 0; seed < 10; seed++) {
        MemoryDisk cut = new MemoryDisk(time);
        MemoryGlobalStore own = new MemoryGlobalStore(new Random(seed));
        cut.forceAll();
        cut.powerOffAfter(effects);
        for (int life = 0; life < 3; life++) {
          Places each = places(cut, own);
          each.observe();
          if (life == 1) {
            cut.powerCut(new Random(seed));
          }
          if (life > 0) {
            each.observe();
          }
        }
        Places last = places(cut, own);
        last.observe();
        assertThat(last.doubts()).as("%s effects, seed %s", effects, seed).isEmpty();
      }
    }
  }

  private Places places(MemoryDisk on, MemoryGlobalStore owner) throws RealizeException {
    return new Places(on, owner.arena(PHOTOS), new Ownership(PHOTOS, owner, "here"), time, random);
  }

  @Test
  void observe_storeFailsBeforeTheStamp_isNoDoubtAfterwards() throws Exception {
    disk.failAfter(0, new java.io.IOException("full"));
    restart();
    assertThat(doubt(ROOT)).isEmpty();
    restart();
    assertThat(doubt(ROOT)).isEmpty();
  }

  @Test
  void observe_idRemoved_isInDoubtUntilItIsPutBack() throws Exception {
    byte[] bytes = user.read(".realize/id");
    user.delete(".realize");
    assertThat(doubt(RelativePath.of("d/a"))).contains(Cause.NO_ID);
    assertThat(places.doubts().getFirst().message(PHOTOS))
        .isEqualTo(
            "'.realize/id' is missing or not valid: it was emptied, replaced or is not mounted;"
                + " 'realize arena confirm photos' accepts it as it is");
    assertThatThrownBy(() -> places.require(ROOT))
        .isInstanceOf(InDoubt.class)
        .hasMessageStartingWith("'photos' is in doubt: '.realize/id' is missing");
    restart();
    assertThat(doubt(ROOT)).contains(Cause.NO_ID);
    user.createDirectory(".realize");
    user.write(".realize/id", bytes);
    assertUnsettledThenSettles(ROOT);
  }

  @Test
  void confirm_idRemoved_keepsTheRoot() throws Exception {
    UUID root = rootId();
    user.delete(".realize");
    places.confirm(ROOT);
    assertThat(rootId()).isEqualTo(root);
    assertUnsettledThenSettles(ROOT);
    restart();
    assertThat(doubt(ROOT)).isEmpty();
  }

  @Test
  void confirm_cutBeforeTheFile_leavesTheDoubt() throws Exception {
    user.delete(".realize");
    disk.failAfter(0, new AccessDeniedException(".realize"));
    assertThatThrownBy(() -> places.confirm(ROOT))
        .isInstanceOf(RealizeException.StorageFailed.class);
    assertThat(doubt(ROOT)).contains(Cause.NO_ID);
    places.confirm(ROOT);
    assertUnsettledThenSettles(ROOT);
  }

  @Test
  void observe_oldStamp_isInDoubtUntilConfirmed() throws Exception {
    byte[] old = user.read(".realize/id");
    restart();
    user.write(".realize/id", old);
    assertThat(doubt(ROOT)).contains(Cause.OTHER_STAMP);
    restart();
    assertThat(doubt(ROOT)).contains(Cause.OTHER_STAMP);
    places.confirm(ROOT);
    assertUnsettledThenSettles(ROOT);
  }

  @Test
  void observe_rootReplacedByItsCopy_isInDoubt() throws Exception {
    byte[] id = user.read(".realize/id");
    disk.mount("", disk.volume(1, MemoryDisk.EXT4));
    user.createDirectory(".realize");
    user.write(".realize/id", id);
    assertThat(doubt(ROOT)).contains(Cause.OTHER_DIRECTORY);
    places.confirm(ROOT);
    assertUnsettledThenSettles(ROOT);
  }

  @Test
  void observe_copyOnAnotherTypeOfFileSystem_isInDoubt() throws Exception {
    byte[] id = user.read(".realize/id");
    disk.mount("", disk.volume(1, MemoryDisk.TMPFS));
    user.createDirectory(".realize");
    user.write(".realize/id", id);
    assertThat(doubt(ROOT)).contains(Cause.OTHER_FILE_SYSTEM);
    disk.unmount("");
    assertUnsettledThenSettles(ROOT);
  }

  @Test
  void observe_otherInodeWhereInodesAreNotStable_isNoDoubt() throws Exception {
    disk.mount("", disk.volume(1, MemoryDisk.FUSE));
    global = new MemoryGlobalStore(random);
    start();
    byte[] id = user.read(".realize/id");
    disk.unmount("");
    disk.mount("", disk.volume(9, MemoryDisk.FUSE));
    user.createDirectory(".realize");
    user.write(".realize/id", id);
    assertThat(doubt(ROOT)).isEmpty();
  }

  @Test
  void observe_otherDeviceNumber_isNoDoubt() throws Exception {
    MemoryDisk.Volume volume = disk.volume(5, MemoryDisk.EXT4);
    user.createDirectory("usb");
    disk.mount("usb", volume);
    assertThat(step(USB, false)).isEqualTo(PathStep.PLACE);
    disk.unmount("usb");
    disk.mount("usb", volume);
    restart();
    assertThat(step(USB, true)).isEqualTo(PathStep.PLACE);
    assertThat(places.doubts()).isEmpty();
  }

  @Test
  void observe_unreadableRoot_isInDoubtOnlyMeanwhile() throws Exception {
    disk.powerOffAfter(0);
    assertThatThrownBy(() -> disk.forceAll()).isInstanceOf(java.io.IOException.class);
    assertThat(doubt(ROOT)).contains(Cause.UNREADABLE);
    disk.kill();
    assertThat(doubt(ROOT)).isEmpty();
    assertThat(places.isUnsettled(ROOT)).isFalse();
  }

  @Test
  void observe_rootOfAnotherStore_isInDoubtUntilAdopted() throws Exception {
    UUID theirs = rootId();
    MemoryGlobalStore other = new MemoryGlobalStore(new Random(9));
    Places first = places;
    places = of(other, PHOTOS, "here");
    assertThat(doubt(ROOT)).contains(Cause.OTHER_OWNER);
    assertThat(places.doubts().getFirst().message(PHOTOS))
        .isEqualTo(
            "another store owns it: %s; 'realize arena adopt photos --yes' takes it over"
                .formatted(global.identity().store()));
    assertThatThrownBy(() -> places.confirm(ROOT))
        .isInstanceOf(Invalid.class)
        .hasMessageStartingWith("confirm 'photos': another store owns it");
    first.require(ROOT);

    places.adopt();
    store = other.arena(PHOTOS);
    assertThat(rootId()).isNotEqualTo(theirs);
    assertThat(id("")).contains(rootId().toString(), other.identity().store().toString());
    assertUnsettledThenSettles(ROOT);
    assertThatThrownBy(() -> first.require(ROOT))
        .isInstanceOf(InDoubt.class)
        .hasMessageContaining("another store owns it");
  }

  @Test
  void adopt_ownRoot_isRefused() {
    assertThatThrownBy(places::adopt).isInstanceOf(Invalid.class);
  }

  @Test
  void observe_rootOfAnotherArena_isNotTaken() throws Exception {
    places = of(global, new ArenaName("music"), "here");
    assertThat(doubt(ROOT)).contains(Cause.OTHER_ARENA);
    assertThat(id("")).contains("arena: photos");
  }

  @Test
  void observe_formerIdentityOnThisMachine_takesOver_andTrustsTheNextScanOnly() throws Exception {
    bind("usb");
    UUID before = rootId();
    global.renew(Long.MAX_VALUE);
    assertThat(doubt(ROOT)).isEmpty();
    assertThat(rootId()).isNotEqualTo(before);
    assertThat(id("")).contains(rootId().toString(), global.identity().store().toString());
    assertThat(id("usb")).contains(rootId().toString());
    assertThat(places.isUnsettled(USB)).isTrue();
    assertUnsettledThenSettles(ROOT);
    restart();
    assertThat(places.doubts()).isEmpty();
  }

  @Test
  void observe_formerIdentityOnAnotherMachine_isInDoubt() throws Exception {
    global.renew(Long.MAX_VALUE);
    places = of(global, PHOTOS, "elsewhere");
    assertThat(doubt(ROOT)).contains(Cause.OTHER_OWNER);
  }

  @Test
  void step_newMount_isAPlaceWithItsOwnId() throws Exception {
    bind("usb");
    assertThat(id("usb")).contains("\nroot: " + rootId() + "\npath: usb\n");
    user.createDirectory("plain");
    assertThat(step(RelativePath.of("plain"), false)).isEqualTo(PathStep.ORDINARY);
  }

  @Test
  void observe_bindMountNotMounted_isInDoubtAlone_andEndsWhenItIsBack() throws Exception {
    MemoryDisk.Volume volume = bind("usb");
    disk.unmount("usb");
    assertThat(doubt(RelativePath.of("usb/a"))).contains(Cause.NOT_MOUNTED);
    assertThat(step(USB, true)).isEqualTo(PathStep.CLOSED);
    places.require(RelativePath.of("other"));
    assertThat(places.settled(List.of(RelativePath.of("other"), RelativePath.of("usb/a"))))
        .containsExactly(RelativePath.of("other"));
    assertThatThrownBy(() -> places.require(RelativePath.of("usb/a")))
        .hasMessage(
            "'photos/usb' is in doubt: its file system is not mounted; mount it, or"
                + " 'realize arena confirm photos usb' accepts it as it is");
    restart();
    assertThat(doubt(USB)).contains(Cause.NOT_MOUNTED);
    disk.mount("usb", volume);
    assertUnsettledThenSettles(USB);
    assertThat(step(USB, true)).isEqualTo(PathStep.PLACE);
  }

  @Test
  void observe_mountInAMount_isInDoubtWithTheOuterOne_andAlone() throws Exception {
    MemoryDisk.Volume outer = bind("usb");
    MemoryDisk.Volume inner = bind("usb/in");
    RelativePath in = RelativePath.of("usb/in/a");
    disk.unmount("usb/in");
    assertThat(doubt(in)).contains(Cause.NOT_MOUNTED);
    assertThat(places.doubt(RelativePath.of("usb/a"))).isEmpty();
    disk.unmount("usb");
    assertThat(doubt(RelativePath.of("usb/a"))).contains(Cause.NOT_MOUNTED);
    disk.mount("usb", outer);
    assertThat(doubt(in)).contains(Cause.NOT_MOUNTED);
    disk.mount("usb/in", inner);
    assertUnsettledThenSettles(in);
  }

  @Test
  void missing_mountPointRemoved_isInDoubt() throws Exception {
    bind("usb");
    disk.unmount("usb");
    user.delete("usb");
    places.missing(USB);
    assertThat(places.doubt(USB).map(Doubt::cause)).contains(Cause.NOT_MOUNTED);
    places.confirm(USB);
    assertUnsettledThenSettles(USB);
    assertThat(doubt(USB)).isEmpty();
  }

  @Test
  void confirm_notMounted_makesItAnOrdinaryDirectory() throws Exception {
    bind("usb");
    disk.unmount("usb");
    places.confirm(USB);
    assertUnsettledThenSettles(USB);
    assertThat(step(USB, true)).isEqualTo(PathStep.ORDINARY);
  }

  @Test
  void step_mountedOverAKnownDirectory_isInDoubtUntilUnmountedOrConfirmed() throws Exception {
    user.createDirectory("usb");
    MemoryDisk.Volume volume = disk.volume(1, MemoryDisk.EXT4);
    disk.mount("usb", volume);
    assertThat(step(USB, true)).isEqualTo(PathStep.CLOSED);
    assertThat(doubt(USB)).contains(Cause.MOUNTED_OVER);
    disk.unmount("usb");
    assertUnsettledThenSettles(USB);
    assertThat(step(USB, true)).isEqualTo(PathStep.ORDINARY);
    disk.mount("usb", volume);
    assertThat(step(USB, true)).isEqualTo(PathStep.CLOSED);
    places.confirm(USB);
    assertThat(step(USB, true)).isEqualTo(PathStep.PLACE);
    assertUnsettledThenSettles(USB);
  }

  @Test
  void step_mountWithAnotherRootsId_isLeftOut_untilConfirmed() throws Exception {
    MemoryDisk.Volume volume = disk.volume(1, MemoryDisk.EXT4);
    user.createDirectory("usb");
    disk.mount("usb", volume);
    user.createDirectory("usb/.realize");
    user.write("usb/.realize/id", user.read(".realize/id"));
    assertThat(step(USB, false)).isEqualTo(PathStep.CLOSED);
    assertThat(places.foreign()).containsOnlyKeys(USB);
    assertThat(places.doubts()).isEmpty();
    places.confirm(USB);
    assertThat(step(USB, false)).isEqualTo(PathStep.PLACE);
    assertThat(places.foreign()).isEmpty();
  }

  @Test
  void isForeign_copyOfTheRootInside_isLeftOutUntilItsIdIsDeleted() throws Exception {
    RelativePath copy = RelativePath.of("copy");
    user.createDirectory("copy");
    user.createDirectory("copy/.realize");
    assertThat(places.isForeign(copy, false)).isFalse();
    user.write("copy/.realize/id", user.read(".realize/id"));
    assertThat(places.isForeign(copy, false)).isTrue();
    assertThat(places.foreign()).containsOnlyKeys(copy);
    user.delete("copy/.realize/id");
    assertThat(places.isForeign(copy, false)).isFalse();
    assertThat(places.foreign()).isEmpty();
  }

  @Test
  void isForeign_knownDirectory_isInDoubt() throws Exception {
    RelativePath copy = RelativePath.of("copy");
    user.createDirectory("copy");
    user.createDirectory("copy/.realize");
    user.write("copy/.realize/id", user.read(".realize/id"));
    assertThat(places.isForeign(copy, true)).isTrue();
    assertThat(doubt(copy)).contains(Cause.OTHER_ID);
    assertThatThrownBy(() -> places.confirm(copy)).isInstanceOf(Invalid.class);
    user.delete("copy/.realize");
    assertUnsettledThenSettles(copy);
  }

  @Test
  void certain_rootLostMeanwhile_isEmpty() throws Exception {
    bind("usb");
    List<RelativePath> paths = List.of(RelativePath.of("a"), RelativePath.of("usb/a"));
    assertThat(places.certain(paths, path -> path)).isEqualTo(paths);
    disk.unmount("usb");
    assertThat(places.certain(paths, path -> path)).containsExactly(RelativePath.of("a"));
    user.delete(".realize");
    assertThat(places.certain(paths, path -> path)).isEmpty();
  }

  @Test
  void settle_elsewhere_staysUnsettled() throws Exception {
    user.delete(".realize");
    places.confirm(ROOT);
    places.settle(Set.of(USB));
    assertThat(places.isUnsettled(ROOT)).isTrue();
    restart();
    assertThat(places.isUnsettled(ROOT)).isTrue();
  }

  @Test
  void require_beforeTheFirstLook_refuses() throws Exception {
    assertThatThrownBy(() -> of(global, PHOTOS, "here").require(ROOT)).isInstanceOf(InDoubt.class);
    assertThat(of(global, PHOTOS, "here").settled(List.of(ROOT))).isEmpty();
  }

  @Test
  void observe_pathWithEveryKindOfCharacter_isKeptInIdAndStore() throws Exception {
    String odd = "a b\tc\nd\\0041\u0085ü";
    bind(odd);
    restart();
    assertThat(step(RelativePath.of(odd), true)).isEqualTo(PathStep.PLACE);
    assertThat(places.doubts()).isEmpty();
  }
}
