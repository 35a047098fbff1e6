package org.realize.sync.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.Disk.OpenMode;
import org.realize.sync.port.DiskFile;
import org.realize.sync.port.DiskFullException;
import org.realize.sync.port.FileStat;

class MemoryDiskTest extends DiskContract {

  private static final int SEEDS = 200;

  private final ManualTime time = new ManualTime();

  @Override
  protected void awaitClock() {
    time.advance(Duration.ofMillis(1));
  }

  @Override
  protected Disk newDisk() {
    return new MemoryDisk(time);
  }

  @Override
  protected UserFiles userOf(Disk disk) {
    return ((MemoryDisk) disk).user();
  }

  private static boolean exists(MemoryDisk disk, String path) throws IOException {
    return disk.stat(path(path)).isPresent();
  }

  @Test
  void write_beyondTheCapacity_failsAndDeletingGivesRoom() throws IOException {
    MemoryDisk small = new MemoryDisk(time, 40_960, 1);
    try (DiskFile file = small.open(path("f"), OpenMode.CREATE_NEW)) {
      assertThatThrownBy(() -> file.write(ByteBuffer.allocate(50_000), 0))
          .isInstanceOf(DiskFullException.class);
      assertThat(small.usage().availableBytes()).isZero();
      small.delete(path("f"));
      assertThat(small.usage().availableBytes()).isZero();
    }
    assertThat(small.usage().availableBytes()).isEqualTo(40_960);
    try (DiskFile file = small.open(path("g"), OpenMode.CREATE_NEW)) {
      file.write(ByteBuffer.allocate(40_000), 0);
      file.write(ByteBuffer.allocate(40_000), 0);
      file.truncate(1);
      assertThat(small.usage().availableBytes()).isEqualTo(40_960 - 4096);
    }
  }

  @Test
  void powerCut_forcedDataAndName_survive() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryDisk disk = new MemoryDisk(time);
      DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW);
      file.write(ByteBuffer.wrap(bytes(seed, 20_000)), 0);
      file.force();
      disk.forceDirectory(RelativePath.ROOT);
      disk.powerCut(new Random(seed));

      assertThat(disk.user().read("f")).as("seed %d", seed).isEqualTo(bytes(seed, 20_000));
      assertThatThrownBy(() -> file.read(ByteBuffer.allocate(1), 0))
          .isInstanceOf(IOException.class);
      file.close();
      assertThat(disk.usage().freeBytes()).isEqualTo((1L << 40) - 20_480);
    }
  }

  @Test
  void powerCut_unforcedData_isKeptLostOrTorn() throws IOException {
    Set<String> outcomes = new HashSet<>();
    byte[] old = new byte[8192];
    byte[] fresh = new byte[8192];
    Arrays.fill(old, (byte) 1);
    Arrays.fill(fresh, (byte) 2);
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryDisk disk = new MemoryDisk(time);
      disk.user().write("f", old);
      disk.forceAll();
      try (DiskFile file = disk.open(path("f"), OpenMode.UPDATE)) {
        file.write(ByteBuffer.wrap(fresh), 0);
      }
      disk.powerCut(new Random(seed));
      byte[] left = disk.user().read("f");
      assertThat(left).hasSize(8192);
      outcomes.add(outcome(left, 0) + outcome(left, 4096));
    }
    assertThat(outcomes)
        .containsExactlyInAnyOrder(
            "kept kept ",
            "kept lost ",
            "kept torn ",
            "lost kept ",
            "lost lost ",
            "lost torn ",
            "torn kept ",
            "torn lost ",
            "torn torn ");
  }

  private static String outcome(byte[] left, int offset) {
    int sum = 0;
    for (int i = offset; i < offset + 4096; i += 512) {
      sum += left[i];
    }
    return sum == 8 ? "lost " : sum == 16 ? "kept " : "torn ";
  }

  @Test
  void powerCut_unforcedName_isKeptOrLost() throws IOException {
    int kept = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryDisk disk = new MemoryDisk(time);
      disk.createDirectory(path("d"));
      disk.forceDirectory(RelativePath.ROOT);
      try (DiskFile file = disk.open(path("d/f"), OpenMode.CREATE_NEW)) {
        file.force();
      }
      disk.powerCut(new Random(seed));
      assertThat(exists(disk, "d")).isTrue();
      kept += exists(disk, "d/f") ? 1 : 0;
    }
    assertThat(kept).isBetween(SEEDS / 4, SEEDS * 3 / 4);
  }

  @Test
  void powerCut_nameForcedInALostDirectory_isLost() throws IOException {
    int lost = 0;
    for (int seed = 0; seed < SEEDS; seed++) {
      MemoryDisk disk = new MemoryDisk(time);
      disk.createDirectory(path("d"));
      disk.open(path("d/f"), OpenMode.CREATE_NEW).close();
      disk.forceDirectory(path("d"));
      disk.powerCut(new Random(seed));
      lost += exists(disk, "d") ? 0 : 1;
    }
    assertThat(lost).isPositive();
  }

  @Test
  void powerCut_unforcedRenames_neverLoseTheFile() throws IOException {
    for (int seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      MemoryDisk disk = new MemoryDisk(time);
      disk.user().write("a", bytes(seed, 100));
      disk.forceAll();
      String at = "a";
      for (int i = 0; i < 6; i++) {
        String directory = "d" + i;
        disk.createDirectory(path(directory));
        String next = random.nextBoolean() ? directory + "/f" : "f" + i;
        disk.rename(path(at), path(next));
        at = next;
        if (random.nextInt(4) == 0) {
          disk.forceDirectory(path(next).parent().orElseThrow());
        }
      }
      disk.powerCut(random);
      assertThat(filesBelow(disk, RelativePath.ROOT)).as("seed %d", seed).isEqualTo(1);
    }
  }

  private static int filesBelow(Disk disk, RelativePath directory) throws IOException {
    int files = 0;
    for (String name : disk.list(directory).names()) {
      RelativePath child = directory.child(name);
      files +=
          switch (disk.stat(child).orElseThrow().kind()) {
            case FILE -> 1;
            case DIRECTORY -> filesBelow(disk, child);
            case LINK, OTHER -> 0;
          };
    }
    return files;
  }

  @Test
  void powerCut_duringPublish_leavesOldOrNew() throws IOException {
    Set<Boolean> outcomes = new HashSet<>();
    for (int effects = 0; effects < 6; effects++) {
      for (int seed = 0; seed < 50; seed++) {
        MemoryDisk disk = new MemoryDisk(time);
        disk.user().write("target", bytes(1, 9000));
        disk.forceAll();
        disk.powerOffAfter(effects);
        boolean done = publish(disk);
        disk.powerCut(new Random(seed));
        byte[] left = disk.user().read("target");
        boolean fresh = Arrays.equals(left, bytes(2, 9000));
        assertThat(fresh || Arrays.equals(left, bytes(1, 9000)))
            .as("effects %d seed %d", effects, seed)
            .isTrue();
        assertThat(fresh || !done).isTrue();
        outcomes.add(fresh);
      }
    }
    assertThat(outcomes).containsExactlyInAnyOrder(true, false);
  }

  private static boolean publish(MemoryDisk disk) throws IOException {
    try {
      try (DiskFile file = disk.open(path("new"), OpenMode.CREATE_NEW)) {
        file.write(ByteBuffer.wrap(bytes(2, 9000)), 0);
      }
      disk.publish(path("new"), path("target"));
      return true;
    } catch (PowerOffException e) {
      return false;
    }
  }

  @Test
  void powerOff_everyOperation_failsUntilTheCut() throws IOException {
    MemoryDisk disk = new MemoryDisk(time);
    DiskFile file = disk.open(path("f"), OpenMode.CREATE_NEW);
    disk.powerOffAfter(0);
    assertThatThrownBy(() -> file.write(ByteBuffer.allocate(1), 0))
        .isInstanceOf(PowerOffException.class);
    assertThatThrownBy(() -> disk.stat(path("f"))).isInstanceOf(PowerOffException.class);
    assertThatThrownBy(file::force).isInstanceOf(PowerOffException.class);
    disk.powerCut(new Random(1));
    assertThat(disk.list(RelativePath.ROOT)).isNotNull();
  }

  @Test
  void powerCut_sameSeed_isTheSame() throws IOException {
    assertThat(afterRandomWork(5)).isEqualTo(afterRandomWork(5));
  }

  private String afterRandomWork(int seed) throws IOException {
    Random random = new Random(seed);
    MemoryDisk disk = new MemoryDisk(time);
    for (int i = 0; i < 50; i++) {
      disk.user().write("f" + random.nextInt(20), bytes(i, random.nextInt(20_000)));
    }
    disk.powerCut(random);
    StringBuilder state = new StringBuilder();
    for (String name : disk.list(RelativePath.ROOT).names()) {
      state.append(name).append(Arrays.hashCode(disk.user().read(name)));
    }
    return state.toString();
  }

  @Test
  void mount_bind_keepsTheDevice_andHidesWhatItCovers() throws Exception {
    MemoryDisk disk = new MemoryDisk(new ManualTime());
    disk.user().createDirectory("d");
    disk.user().write("d/under", new byte[1]);
    FileStat root = disk.stat(RelativePath.ROOT).orElseThrow();
    MemoryDisk.Volume bind = disk.volume(root.device(), MemoryDisk.EXT4);
    disk.mount("d", bind);
    disk.user().write("d/above", new byte[1]);

    FileStat mounted = disk.stat(RelativePath.of("d")).orElseThrow();
    assertThat(mounted.device()).isEqualTo(root.device());
    assertThat(root.isMountAbove(mounted)).isTrue();
    assertThat(disk.entries(RelativePath.ROOT).entries().getFirst().stat()).isEqualTo(mounted);
    assertThat(disk.list(RelativePath.of("d")).names()).containsExactly("above");
    assertThatThrownBy(() -> disk.rename(RelativePath.of("d/above"), RelativePath.of("x")))
        .hasMessageContaining("cross-device");
    assertThatThrownBy(() -> disk.delete(RelativePath.of("d"))).hasMessageContaining("busy");

    disk.unmount("d");
    assertThat(root.isMountAbove(disk.stat(RelativePath.of("d")).orElseThrow())).isFalse();
    assertThat(disk.list(RelativePath.of("d")).names()).containsExactly("under");
    disk.mount("d", bind);
    FileStat again = disk.stat(RelativePath.of("d")).orElseThrow();
    assertThat(again.mount()).isNotEqualTo(mounted.mount());
    assertThat(again.fileKey()).isEqualTo(mounted.fileKey());
    assertThat(disk.list(RelativePath.of("d")).names()).containsExactly("above");
  }

  @Test
  void mount_otherFileSystem_hasItsTypeAndDevice_insideAMountToo() throws Exception {
    MemoryDisk disk = new MemoryDisk(new ManualTime());
    disk.user().createDirectory("d");
    disk.mount("d", disk.volume(1, MemoryDisk.EXT4));
    disk.user().createDirectory("d/in");
    disk.mount("d/in", disk.volume(7, MemoryDisk.TMPFS));
    disk.user().write("d/in/f", new byte[1]);
    disk.forceAll();
    disk.powerCut(new java.util.Random(1));

    assertThat(disk.fileSystemType(RelativePath.of("d/in"))).isEqualTo(MemoryDisk.TMPFS);
    assertThat(disk.stat(RelativePath.of("d/in/f")).orElseThrow().device()).isEqualTo(7);
    assertThat(disk.fileSystemType(RelativePath.of("d"))).isEqualTo(MemoryDisk.EXT4);
  }

  @Test
  void entries_oneNameUnreadable_givesTheOthers() throws IOException {
    MemoryDisk disk = (MemoryDisk) disk();
    user().write("a", bytes(1, 10));
    user().write("b", bytes(2, 10));
    disk.unreadable(path("a"), "input/output error");
    Disk.Entries entries = disk.entries(RelativePath.ROOT);
    assertThat(entries.entries()).extracting(Disk.Entry::name).containsExactly("b");
    assertThat(entries.unreadable())
        .containsExactly(new Disk.Unreadable("a", "input/output error"));
    assertThatThrownBy(() -> disk.stat(path("a"))).isInstanceOf(FileSystemException.class);
    disk.readable(path("a"));
    assertThat(disk.entries(RelativePath.ROOT).unreadable()).isEmpty();
  }
}
