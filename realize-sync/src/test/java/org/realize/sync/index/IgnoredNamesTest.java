package org.realize.sync.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;
import org.realize.sync.testing.UserFiles;

class IgnoredNamesTest {

  private final MemoryDisk disk = new MemoryDisk(new ManualTime());
  private final UserFiles user = disk.user();
  private final IgnoredNames names = new IgnoredNames(disk, List.of("*.tmp"));

  private void write(String path, String text) throws Exception {
    user.write(path, text.getBytes(StandardCharsets.UTF_8));
  }

  private static RelativePath path(String path) {
    return RelativePath.of(path);
  }

  @Test
  void look_namesOfManyDirectories_answersAsEachAlone() throws Exception {
    user.createDirectory("d");
    write("d/" + IgnoreRules.FILE_NAME, "*.o\n!x.tmp\nbuild/\n");
    write("file", "no directory");
    IgnoredNames.NamesLook look = names.look();
    for (String ignored : List.of("a.tmp", "d/a.o", "d/e/a.o", "d/build/a", "d/build/e/f")) {
      assertThat(look.contains(path(ignored))).as(ignored).isTrue();
      assertThat(names.contains(path(ignored))).as(ignored).isTrue();
    }
    for (String other : List.of("", "a", "a.o", "d", "d/a", "d/x.tmp", "build/a", "file/a/b")) {
      assertThat(look.contains(path(other))).as(other).isFalse();
      assertThat(names.contains(path(other))).as(other).isFalse();
    }
  }

  /** A directory of that name may be about to come. */
  @Test
  void contains_nameBelowAFile_followsTheRulesAboveIt() throws Exception {
    IgnoredNames rules = new IgnoredNames(disk, List.of("/file/e"));
    write("file", "no directory");
    for (String ignored : List.of("file/e", "file/e/y")) {
      assertThat(rules.look().contains(path(ignored))).as(ignored).isTrue();
    }
    assertThat(rules.look().contains(path("file/a"))).isFalse();
  }

  @Test
  void contains_rulesThatChange_followsThem() throws Exception {
    assertThat(names.contains(path("d/a.o"))).isFalse();
    user.createDirectory("d");
    write("d/" + IgnoreRules.FILE_NAME, "*.o\n");
    assertThat(names.contains(path("d/a.o"))).isTrue();
  }
}
