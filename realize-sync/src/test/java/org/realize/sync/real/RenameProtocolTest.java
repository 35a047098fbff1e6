package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.Content;
import org.realize.sync.model.Mark;
import org.realize.sync.model.RealizeException;
import org.realize.sync.model.RealizeException.CallFailed;
import org.realize.sync.model.RealizeException.StorageFailed;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.ArenaReader;
import org.realize.sync.port.ArenaStore;
import org.realize.sync.port.ArenaWriter;
import org.realize.sync.port.FileStat;
import org.realize.sync.port.GlobalStore;
import org.realize.sync.port.PathState;
import org.realize.sync.port.RealVersion;
import org.realize.sync.port.TreeRename;
import org.realize.sync.posix.Errno;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.MemoryGlobalStore;
import org.realize.sync.testing.PathStates;
import org.realize.sync.testing.UserFiles;

/** Directories that a program renames, of which a part is not here, killed and cut anywhere. */
class RenameProtocolTest {
  private static final long SEED = Long.getLong("realize.seed", 20_261_128);
  private static final RelativePath OLD = RelativePath.of("d/old");
  private static final RelativePath NEW = RelativePath.of("e/new");

  /** A root with a directory that has a local file, and another one in the store alone. */
  private static final class Rig {
    final ManualTime time = new ManualTime();
    final MemoryDisk disk = new MemoryDisk(time);
    final UserFiles files = disk.user();
    final ArenaStore store;
    final FileStat directory;
    final FileStat local;

    Rig() throws IOException, RealizeException {
      Random random = new Random(1);
      GlobalStore global = new MemoryGlobalStore(random);
      ArenaName arena = new ArenaName("photos");
      store = new PoweredStore(global.arena(arena), disk);
      for (String name : List.of("d", "d/old", "e")) {
        files.createDirectory(name);
      }
      files.write("d/old/local", ApplyRig.bytes("content1"));
      Places places = new Places(disk, store, new Ownership(arena, global, "here"), time, random);
      ApplyRig.establish(disk, places, RelativePath.ROOT);
      directory = disk.stat(OLD).orElseThrow();
      local = disk.stat(OLD.child("local")).orElseThrow();
      PathState top = PathStates.showing("d/old", new Content.Directory(), 0);
      PathState indexed = PathStates.showing("d/old/local", ApplyRig.file("content1"), 0);
      store.write(writer -> {
        writer.put(top.withReal(new RealVersion(top.shown(), directory, 1)));
        writer.put(indexed.withReal(new RealVersion(indexed.shown(), local, 1)));
        writer.put(PathStates.showing("d/old/sub/remote", PathStates.file(7), 0));
        writer.putMark(OLD.child("sub"), Mark.KEEP);
      });
      store.force();
      disk.forceAll();
      time.advance(Duration.ofMinutes(1));
    }

    Real life() throws RealizeException {
      return new Real(disk, RootCapabilities.FULL, store, time);
    }

    /** True if it was stopped. */
    boolean rename() throws RealizeException {
      TreeRename rename = new TreeRename(OLD, NEW, PathStates.TWO, 50);
      try {
        life().apply().renameTree(rename, directory, () -> move(OLD, NEW));
        return false;
      } catch (IOException | RealizeException stopped) {
        return true;
      }
    }

    private void move(RelativePath from, RelativePath to) throws StorageFailed {
      try {
        Optional<FileStat> ignored = disk.renameNew(from, to);
      } catch (IOException e) {
        throw new StorageFailed("rename", e);
      }
    }

    boolean resume(long kill) throws IOException, RealizeException {
      disk.kill();
      disk.powerOffAfter(kill);
      boolean isStopped;
      try {
        life().resume();
        isStopped = hasIntents();
      } catch (IOException | RealizeException e) {
        isStopped = true;
      }
      disk.kill();
      life().resume();
      return isStopped;
    }

    boolean hasIntents() throws RealizeException {
      return !store.<List<TreeIntent>>read(TreeIntent::read).isEmpty();
    }

    PathState state(RelativePath top, String name) throws RealizeException {
      return store
          .<Optional<PathState>>read(reader -> reader.path(RelativePath.of(top + "/" + name)))
          .orElseThrow();
    }

    /** Both sides have the directory at one of the names, with all that was in it. */
    void requireWhole(String when) throws IOException, RealizeException {
      boolean isOld = disk.stat(OLD).isPresent();
      RelativePath now = isOld ? OLD : NEW;
      assertThat(hasIntents()).as(when).isFalse();
      assertThat(disk.stat(NEW).isPresent()).as(when).isEqualTo(!isOld);
      PathState here = state(now, "local");
      assertThat(here.isReal(ApplyRig.file("content1"))).as(when).isTrue();
      assertThat(here.realStat()).as(when).isEqualTo(local);
      FileStat found = disk.stat(now.child("local")).orElseThrow();
      assertThat(found.sameEntry(local)).as(when).isTrue();
      assertThat(state(now, "sub/remote").shown().content()).isEqualTo(PathStates.file(7));
      Map<RelativePath, Mark> marks = store.read(reader -> reader.marks());
      assertThat(marks).as(when).isEqualTo(Map.of(now.child("sub"), Mark.KEEP));
      if (!isOld) {
        assertThat(state(OLD, "local").realStat()).as(when).isNull();
        assertThat(state(OLD, "sub/remote").shown().isTombstone()).as(when).isTrue();
      }
    }
  }

  @Test
  void renameTree_isDone_survivesAPowerCut() throws Exception {
    Rig rig = new Rig();
    assertThat(rig.rename()).isFalse();
    rig.disk.powerCut(new SplittableRandom(SEED));
    rig.life().resume();
    assertThat(rig.disk.stat(NEW)).isPresent();
    rig.requireWhole("done");
  }

  @Test
  void renameTree_killedTwiceAnywhere_isAtOneNameOnBothSides() throws Exception {
    boolean isStopped = true;
    for (int effects = 0; isStopped; effects++) {
      boolean isStoppedAgain = true;
      for (int again = 0; isStoppedAgain; again++) {
        Rig rig = new Rig();
        rig.disk.powerOffAfter(effects);
        isStopped = rig.rename();
        isStoppedAgain = rig.resume(again);
        rig.requireWhole("killed after %d, then after %d".formatted(effects, again));
      }
    }
  }

  @Test
  void renameTree_powerCutAnywhere_isAtOneNameOnBothSides() throws Exception {
    for (int seed = 0; seed < 8; seed++) {
      boolean isStopped = true;
      for (int effects = 0; isStopped; effects++) {
        Rig rig = new Rig();
        rig.disk.powerOffAfter(effects);
        isStopped = rig.rename();
        rig.disk.powerCut(new SplittableRandom(SEED + seed));
        rig.life().resume();
        rig.requireWhole("cut after %d, seed %d".formatted(effects, SEED + seed));
      }
    }
  }

  @Test
  void renameTree_callFails_changesNothing() throws Exception {
    Rig rig = new Rig();
    TreeRename rename = new TreeRename(OLD, NEW, PathStates.TWO, 50);
    assertThatThrownBy(() ->
            rig.life()
                .apply()
                .renameTree(
                    rename,
                    rig.directory,
                    () -> {
                      throw new CallFailed("rename", Errno.EACCES);
                    }))
        .isInstanceOf(CallFailed.class);
    assertThat(rig.disk.stat(OLD)).isPresent();
    rig.requireWhole("refused");
  }

  /** What is not on the disk is not the other directory's. */
  @Test
  void renameTree_anotherDirectoryTookTheName_leavesWhatIsKnown() throws Exception {
    Rig rig = new Rig();
    TreeRename rename = new TreeRename(OLD, NEW, PathStates.TWO, 50);
    rig.life()
        .apply()
        .renameTree(
            rename,
            rig.directory,
            () -> {
              rig.move(OLD, RelativePath.of("e/away"));
              try {
                rig.files.createDirectory("d/old");
              } catch (IOException e) {
                throw new StorageFailed("make", e);
              }
              rig.move(OLD, NEW);
            });
    assertThat(rig.hasIntents()).isFalse();
    assertThat(rig.state(OLD, "sub/remote").shown().isTombstone()).isFalse();
    assertThat(rig.disk.stat(NEW)).isPresent();
  }

  /** Else what that place has would count as removed by a user at its old name. */
  @Test
  void renameTree_placeOfItsOwnBelow_isRefused() throws Exception {
    Rig rig = new Rig();
    rig.files.createDirectory("d/old/usb");
    rig.disk.mount("d/old/usb", rig.disk.volume(8, MemoryDisk.EXT4));
    Ownership here =
        new Ownership(new ArenaName("photos"), new MemoryGlobalStore(new Random(1)), "here");
    Places places = new Places(rig.disk, rig.store, here, rig.time, new Random(2));
    ApplyRig.establish(rig.disk, places, RelativePath.of("d/old/usb"));
    assertRefused(rig);
    rig.disk.unmount("d/old/usb"); // it is in doubt
    assertRefused(rig);
  }

  private static void assertRefused(Rig rig) throws Exception {
    TreeRename rename = new TreeRename(OLD, NEW, PathStates.TWO, 50);
    boolean isHeld = rig.store.<Boolean>read(reader -> ApplyProtocol.holdsPlaces(reader, rename));
    assertThat(isHeld).isTrue();
    assertThat(rig.rename()).isTrue();
    rig.requireWhole("place below");
  }

  @Test
  void renameTree_aPeersNameCameBelowTheNewOne_leavesWhatIsKnown() throws Exception {
    Rig rig = new Rig();
    rig.store.write(writer -> {
      writer.put(PathStates.showing("e/new/sub/theirs", PathStates.file(8), 0));
    });
    assertThat(rig.rename()).isFalse();
    assertThat(rig.hasIntents()).isFalse();
    assertThat(rig.disk.stat(NEW)).isPresent();
    assertThat(rig.state(OLD, "sub/remote").shown().content()).isEqualTo(PathStates.file(7));
    assertThat(rig.state(NEW, "sub/theirs").shown().content()).isEqualTo(PathStates.file(8));
  }

  @Test
  void settle_manyRenamesAreOpen_announcesSomeFirst() throws Exception {
    Rig rig = new Rig();
    for (int i = 0; i < 200; i++) {
      RelativePath from = RelativePath.of("many" + i);
      TreeRename rename =
          new TreeRename(from, RelativePath.of("moved" + i), PathStates.TWO, 50 + i);
      rig.store.write(writer -> {
        writer.put(PathStates.showing(from + "/x", PathStates.file(9), 0));
      });
      RenameProtocol.settle(rig.store, rename);
      rig.store.write((ArenaWriter writer) -> RenameProtocol.commit(writer, rename));
      assertThat(rig.store.<List<TreeRename>>read(ArenaReader::renames)).hasSizeLessThan(65);
    }
    assertThat(rig.state(RelativePath.of("moved0"), "x").shown().content())
        .isEqualTo(PathStates.file(9));
  }
}
