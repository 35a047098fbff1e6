package org.realize.sync.real;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.RelativePath;
import org.realize.sync.testing.ManualTime;
import org.realize.sync.testing.MemoryDisk;

/** Partial files that nothing continues. */
final class PartialUpkeepTest {
  private final ManualTime time = new ManualTime();
  private final MemoryDisk disk = new MemoryDisk(time);
  private final PartialFiles partials = new PartialFiles(disk);
  private final PartialUpkeep upkeep =
      new PartialUpkeep(new ArenaName("docs"), disk, RelativePath.ROOT, time);

  private static final RelativePath ONE = RelativePath.of("one");
  private static final RelativePath TWO = RelativePath.of("two");

  private void step(Duration later) throws IOException {
    time.advance(later);
    upkeep.step();
  }

  private List<RelativePath> left() throws IOException {
    return List.of(ONE, TWO).stream().filter(this::isThere).toList();
  }

  private boolean isThere(RelativePath path) {
    try {
      return disk.stat(PartialFiles.of(disk, path, "")).isPresent();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void step_partialFilesUnchangedForAMonth_areDeletedAtTheSecondLook() throws Exception {
    partials.begin(ONE);
    step(Duration.ofDays(20));
    partials.begin(TWO);
    step(Duration.ofDays(11));
    assertThat(left()).containsExactly(ONE, TWO);
    step(Duration.ofMinutes(59));
    assertThat(left()).containsExactly(ONE, TWO);
    step(Duration.ofMinutes(1));
    assertThat(left()).containsExactly(TWO);
  }

  /** A clock that was set far ahead does not take what is being collected. */
  @Test
  void step_partialFileChangesBetweenTwoLooks_stays() throws Exception {
    partials.begin(ONE);
    step(Duration.ofDays(40));
    try (var open = partials.open(ONE)) {
      open.setAttributes(0600, disk.stat(PartialFiles.DIRECTORY).orElseThrow().mtime());
    }
    step(Duration.ofHours(2));
    step(Duration.ofHours(2));
    assertThat(left()).containsExactly(ONE);
  }
}
