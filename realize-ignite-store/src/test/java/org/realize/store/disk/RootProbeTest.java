package org.realize.store.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.realize.sync.real.RootCapabilities;

class RootProbeTest {

  @TempDir Path root;

  @Test
  void probe_ordinaryLinuxDirectory_holdsEverything_andIsLeftAsItWas() throws IOException {
    RootCapabilities found = RootProbe.probe(root);
    assertThat(found).isEqualTo(RootCapabilities.FULL);
    assertThat(root).isEmptyDirectory();
  }

  @Test
  void probe_remainsOfAnEarlierOne_areRemoved() throws IOException {
    Path left = Files.createDirectories(root.resolve(".realize/probe"));
    Files.createFile(left.resolve("case"));
    Files.createFile(root.resolve(".realize/id"));
    assertThat(RootProbe.probe(root).caseSensitive()).isTrue();
    assertThat(left).doesNotExist();
    assertThat(root.resolve(".realize/id")).exists();
  }

  @Test
  void probe_noRoot_makesNone() {
    assertThatThrownBy(() -> RootProbe.probe(root.resolve("gone"))).isInstanceOf(IOException.class);
    assertThat(RootProbe.probeOrFull(root.resolve("gone"))).isEqualTo(RootCapabilities.FULL);
    assertThat(root.resolve("gone")).doesNotExist();
  }
}
