package org.realize.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The contract of edits on the kernel driver where the kernel reads and writes the files of the
 * disk itself.
 */
final class PassthroughEditIT extends MountEditContract {

  @Override
  Driver driver() {
    return Driver.KERNEL;
  }

  @Override
  MountChild start(Path point) throws IOException {
    Path disk = Files.createDirectories(point.resolveSibling("disk"));
    return MountChild.startEdited(point, driver(), disk);
  }

  @Test
  void write_toAFileOfTheDisk_reachesItWithoutTheView() throws IOException {
    String before = mount.tell("writes");
    write("file", "hello");
    assertThat(mount.tell("writes")).isEqualTo(before);
    assertThat(mount.tell("size", at("file"))).isEqualTo("5");
    assertThat(tree().stat(at("file")).size()).isEqualTo(5);
  }

  /** The twin's disk fills holes. */
  @Override
  Set<Ability> abilities() {
    return EnumSet.complementOf(EnumSet.of(Ability.HOLES));
  }
}
