package org.realize.fuse.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MountTableTest {

  @Test
  void at_stackedMounts_areInOrderWithTheVisibleOneLast() {
    MountTable table =
        MountTable.parse(
            List.of(
                "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw",
                "42 21 0:39 / /mnt/a\\040b rw,nosuid shared:7 master:2 - fuse.realize realize rw",
                "43 42 0:40 / /mnt/a\\040b rw - tmpfs none rw",
                "a line of another shape"));
    List<MountTable.MountEntry> found = table.at(Path.of("/mnt/a b"));
    assertThat(found)
        .containsExactly(
            new MountTable.MountEntry("0:39", Path.of("/mnt/a b"), "fuse.realize"),
            new MountTable.MountEntry("0:40", Path.of("/mnt/a b"), "tmpfs"));
    assertThat(found.getFirst().isOurs()).isTrue();
    assertThat(found.getLast().isOurs()).isFalse();
    assertThat(table.at(Path.of("/mnt"))).isEmpty();
  }

  @Test
  void at_escapedCharacters_areResolved() {
    MountTable table =
        MountTable.parse(List.of("1 1 0:1 / /a\\134b\\011c\\012d rw - fuse.realize realize rw"));
    assertThat(table.at(Path.of("/a\\b\tc\nd"))).hasSize(1);
  }
}
