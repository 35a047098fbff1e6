package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.model.RelativePath;
import org.realize.sync.port.Disk;
import org.realize.sync.port.FileStat;
import org.realize.sync.testing.Mounts;

/** A disk with file systems mounted below its root. Needs root. */
class MountedDiskIT {

  @TempDir private Path directory;
  private LocalDisk disk;

  @BeforeEach
  void open() throws Exception {
    disk = new LocalDisk(Files.createDirectories(directory.resolve("root")));
  }

  @Test
  void stat_bindMount_differsInItsMountAlone() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Path target = directory.resolve("root/bind");
    try (Mounts mounts = new Mounts()) {
      mounts.bind(outside, target);
      Disk.Entries entries = disk.entries(RelativePath.ROOT);
      FileStat mounted = entries.entries().getFirst().stat();

      assertThat(mounted.device()).isEqualTo(entries.directory().device());
      assertThat(mounted.mount()).isNotEqualTo(entries.directory().mount());
      assertThat(entries.directory().isMountAbove(mounted)).isTrue();
      mounts.unmount(target);
      FileStat bare = disk.stat(RelativePath.of("bind")).orElseThrow();
      assertThat(entries.directory().isMountAbove(bare)).isFalse();
      assertThat(bare.fileKey()).isNotEqualTo(mounted.fileKey());
    }
  }

  /** Linux 6.8 or newer: else a branch is trusted although its disk was pulled out meanwhile. */
  @Test
  void stat_mountedAgain_isAnotherMount() throws Exception {
    Path outside = Files.createDirectories(directory.resolve("outside"));
    Path target = directory.resolve("root/bind");
    Set<Long> seen = new HashSet<>();
    for (int i = 0; i < 3; i++) {
      try (Mounts mounts = new Mounts()) {
        mounts.bind(outside, target);
        FileStat mounted = disk.stat(RelativePath.of("bind")).orElseThrow();
        assertThat(seen.add(mounted.mount())).as("mount %s", mounted.mount()).isTrue();
        assertThat(disk.stat(RelativePath.of("bind")).orElseThrow().isSameMount(mounted)).isTrue();
      }
    }
  }

  @Test
  void fileSystemType_tmpfs_isItsOwn() throws Exception {
    try (Mounts mounts = new Mounts()) {
      mounts.tmpfs(directory.resolve("root/memory"));
      FileStat root = disk.stat(RelativePath.ROOT).orElseThrow();

      assertThat(disk.fileSystemType(RelativePath.of("memory"))).isEqualTo(0x0102_1994);
      assertThat(root.isMountAbove(disk.stat(RelativePath.of("memory")).orElseThrow())).isTrue();
    }
  }
}
